import type { UserActivityRow } from '@etl/warehouse';
import { stringify } from 'csv-stringify/sync';
import { UserActivity } from '../contract/figure-answers.ts';
import { withoutFormulas } from './without-formulas.ts';

type Pages = AsyncIterable<UserActivityRow[]>;

/** Turns a stored row into the row of an answer. */
export type PresentUserActivity = (row: UserActivityRow) => UserActivity;

/** Writes rows as text, page by page. Memory holds one page at most. */
export type TextFormat = (pages: Pages, present: PresentUserActivity) => AsyncGenerator<string>;

/** The columns of CSV are the fields of JSON. */
const COLUMNS = Object.keys(UserActivity.shape);

/** CSV for spreadsheets: with a byte order mark, and without fields that a spreadsheet would calculate. */
export async function* csv(pages: Pages, present: PresentUserActivity): AsyncGenerator<string> {
  let header = stringify([COLUMNS], { bom: true, record_delimiter: 'windows' });
  for await (const page of pages) {
    // The header is sent with the first page: if that page fails, nothing was sent.
    const lines = stringify(
      page.map((row) => withSafeTexts(present(row))),
      { columns: COLUMNS, record_delimiter: 'windows' },
    );
    yield header + lines;
    header = '';
  }
  if (header !== '') yield header;
}

/** The fields with text that people write. To check every field would take most of an export's time. */
const TEXTS = ['course_id', 'id_number', 'course_name', 'course_shortname'] as const;

/** The row with texts that no spreadsheet calculates. */
function withSafeTexts(row: UserActivity): UserActivity {
  const safe = { ...row };
  for (const name of TEXTS) if (row[name] !== null) safe[name] = withoutFormulas(row[name]);
  return safe;
}

/** One JSON object per line. */
export async function* ndjson(pages: Pages, present: PresentUserActivity): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((row) => `${JSON.stringify(present(row))}\n`).join('');
}

/** The elements of a JSON array, without its brackets. */
export async function* jsonElements(pages: Pages, present: PresentUserActivity): AsyncGenerator<string> {
  let isFirst = true;
  for await (const page of pages) {
    const elements = page.map((row) => JSON.stringify(present(row))).join(',');
    yield isFirst ? elements : `,${elements}`;
    isFirst = false;
  }
}
