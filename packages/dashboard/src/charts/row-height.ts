/** In CSS pixels. */
const LEAST = 30;
const MOST = 72;
/** A few rows share this height, so that they fill the place beside other panels. */
const ROOM = 228;

/** The height of a row of a picture, in CSS pixels. */
export function rowHeight(count: number): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(ROOM / count)));
}
