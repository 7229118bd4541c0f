import { columnText, type Spoken, type TableTwin } from '../chart.ts';
import type { NamedRow } from '../rows.ts';

/** Something with a figure; null if there is none. */
export interface DotRow extends NamedRow {
  value: number | null;
}

/** The greatest value first. */
export function dotsTable(
  rows: readonly DotRow[],
  names: { row: string; figure: string },
  spoken: Spoken,
): TableTwin {
  const text = columnText(
    rows.map(({ value }) => value),
    spoken,
  );
  return {
    columns: [{ name: names.row }, { name: names.figure, isNumber: true }],
    rows: rows
      .toSorted((one, other) => (other.value ?? -1) - (one.value ?? -1))
      .map(({ name, value }) => [name, text(value)]),
  };
}
