import { stringify } from 'csv-stringify/sync';
import { USER_ACTIVITY_COLUMNS, type UserActivityRow } from '../user-activity.ts';
import type { PresentUserActivity } from './user-activity.ts';
import { withoutFormulas } from './without-formulas.ts';

/** The columns of a CSV, in their order. */
export interface CsvColumns<Shown> {
  columns: readonly (keyof Shown & string)[];
  /** The columns with text that people write. To check every field would take most of an export's time. */
  texts: readonly (keyof Shown & string)[];
}

/**
 * CSV for spreadsheets: with a byte order mark, and without fields that a spreadsheet would calculate. Writes page by
 * page: memory holds one page at most.
 */
export async function* csvOf<Row, Shown extends object>(
  { columns, texts }: CsvColumns<Shown>,
  pages: AsyncIterable<readonly Row[]>,
  present: (row: Row) => Shown,
): AsyncGenerator<string> {
  let header = stringify([columns], { bom: true, record_delimiter: 'windows' });
  for await (const page of pages) {
    // The header is sent with the first page: if that page fails, nothing was sent.
    const lines = stringify(
      page.map((row) => withSafeTexts(present(row), texts)),
      { columns, record_delimiter: 'windows' },
    );
    yield header + lines;
    header = '';
  }
  if (header !== '') yield header;
}

/** Rows of one part of the text. */
const ROWS_PER_PART = 1000;

/** Rows that are in memory already, as pages. */
export async function* pagesOf<Row>(all: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < all.length; from += ROWS_PER_PART) yield all.slice(from, from + ROWS_PER_PART);
}

/** The row with texts that no spreadsheet calculates. */
function withSafeTexts<Shown extends object>(row: Shown, texts: readonly (keyof Shown)[]): Shown {
  const safe = { ...row };
  for (const name of texts) {
    const text: unknown = row[name];
    if (typeof text === 'string') Object.assign(safe, { [name]: withoutFormulas(text) });
  }
  return safe;
}

const USER_ACTIVITY: CsvColumns<ReturnType<PresentUserActivity>> = {
  columns: USER_ACTIVITY_COLUMNS,
  texts: ['course_id', 'id_number', 'course_name', 'course_shortname'],
};

/** The merged rows of courses as CSV. */
export function userActivityCsv(
  pages: AsyncIterable<readonly UserActivityRow[]>,
  present: PresentUserActivity,
): AsyncGenerator<string> {
  return csvOf(USER_ACTIVITY, pages, present);
}
