import type { Column } from './table.ts';

/** The width of each column that is shown, by its index. */
export type Widths = readonly (number | undefined)[];

export interface Fitted {
  widths: Widths;
  /** The headings of the columns that are left out. */
  leftOut: string[];
}

/**
 * Fits columns of these natural widths into a line. Cuts no column below its `least`. If that is not enough, moves
 * columns below the rows, and then leaves columns out. If all that is not enough, the line is wider than `width`.
 */
export function fitted(
  columns: readonly Column[],
  natural: readonly number[],
  gap: number,
  width: number,
): Fitted {
  const indexes = columns.keys().toArray();
  const least = columns.map((column, index) => Math.min(column.least ?? Infinity, natural[index] ?? 0));
  const sizeOf = (shown: readonly number[], widths: readonly number[]) =>
    shown.reduce((sum, index) => sum + (widths[index] ?? 0) + gap, -gap);
  const choices = [...setsOfColumns(columns, indexes)];
  const shown = choices.find((some) => sizeOf(some, least) <= width) ?? choices.at(-1) ?? indexes;
  const widths = [...natural];
  for (let excess = sizeOf(shown, natural) - width; excess > 0; excess--) {
    const widest = shown
      .filter((index) => (widths[index] ?? 0) > (least[index] ?? 0))
      .toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return {
    widths: indexes.map((index) => (shown.includes(index) ? widths[index] : undefined)),
    leftOut: columns
      .filter(({ below }, index) => !below && !shown.includes(index))
      .map(({ heading }) => heading),
  };
}

/** All columns, then fewer and fewer. */
function* setsOfColumns(columns: readonly Column[], indexes: readonly number[]): Generator<number[]> {
  let shown = [...indexes];
  yield shown;
  shown = shown.filter((index) => !columns[index]?.below);
  yield shown;
  const ranks = new Set(columns.flatMap(({ leaveOut }) => leaveOut ?? []));
  for (const rank of [...ranks].toSorted((a, b) => b - a)) {
    shown = shown.filter((index) => columns[index]?.leaveOut !== rank);
    yield shown;
  }
}
