const FEW = 5;

/** The height of a row of a picture, in CSS pixels. A few rows are higher: they fill the place beside other panels. */
export function rowHeight(count: number): number {
  return count <= FEW ? 42 : 30;
}
