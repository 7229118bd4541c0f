import type { Words } from '../words/en.ts';
import type { Formats } from '../words/formats.ts';

/** The language of a chart. */
export interface Spoken {
  words: Words;
  formats: Formats;
}

/** What a picture needs beside its data. The width is in CSS pixels. */
export interface Look extends Spoken {
  width: number;
}

/** The figures of a chart as a table: its twin for keyboards, screen readers and spreadsheets. */
export interface TableTwin {
  columns: readonly { name: string; isNumber?: boolean }[];
  /** The first cell of a row is its header. */
  rows: readonly (readonly string[])[];
  /** Where the headers of the rows lead. */
  links?: readonly (string | undefined)[];
}

/** What a table says if there is no figure. */
export const NOTHING = '–';

/** Writes the numbers of one column alike: with two places if one of them is no whole number. */
export function columnText(values: readonly (number | null)[], { formats }: Spoken) {
  const isWhole = values.every((value) => value === null || Number.isInteger(value));
  const format = isWhole ? formats.count : formats.average;
  return (value: number | null | undefined): string => (value == null ? NOTHING : format(value));
}

export function numberText(value: number | null | undefined, { formats }: Spoken): string {
  if (value === null || value === undefined) return NOTHING;
  return Number.isInteger(value) ? formats.count(value) : formats.average(value);
}

/** The change as a ratio: 0.25 is a rise by a quarter. The rule is that of the API. */
export function changeOf(value: number | null, compared: number | null): number | null {
  if (value === null || compared === null || compared === 0) return null;
  return (value - compared) / compared;
}

/** The dates of an interval, and whether the range cuts it. */
export function intervalText(
  { from, to, partial }: { from: string; to: string; partial: boolean },
  { words, formats }: Spoken,
): string {
  const dates = from === to ? formats.shortDate(from) : formats.range(from, to);
  return partial ? words.charts.partial(dates) : dates;
}
