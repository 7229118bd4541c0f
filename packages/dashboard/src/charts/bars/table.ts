import { columnText, type Spoken, type TableTwin } from '../chart.ts';

/** Something with a figure in two ranges: a category, or the courses of one. */
export interface ComparedItem {
  key: string;
  name: string;
  value: number | null;
  compared: number | null;
  /** As a ratio; null if the ranges cannot be compared. */
  change: number | null;
}

/** The column of the compared range is left out if no item has such a figure. */
export function changesTable(
  items: readonly ComparedItem[],
  names: { item: string; figure: string },
  spoken: Spoken,
): TableTwin {
  const { words, formats } = spoken;
  const hasCompared = items.some(({ compared }) => compared !== null);
  const text = columnText(
    items.flatMap(({ value, compared }) => [value, compared]),
    spoken,
  );
  const before = { name: words.charts.before(names.figure), isNumber: true };
  return {
    columns: [
      { name: names.item },
      { name: names.figure, isNumber: true },
      ...(hasCompared ? [before] : []),
      { name: words.figures.change, isNumber: true },
    ],
    rows: byChange(items).map(({ name, value, compared, change }) => [
      name,
      text(value),
      ...(hasCompared ? [text(compared)] : []),
      formats.change(change),
    ]),
  };
}

/** The greatest rise first, the greatest fall last. What cannot be compared comes after them. */
export function byChange<Item extends ComparedItem>(items: readonly Item[]): Item[] {
  return items.toSorted((one, other) => {
    if (one.change === null || other.change === null)
      return Number(one.change === null) - Number(other.change === null);
    return other.change - one.change;
  });
}
