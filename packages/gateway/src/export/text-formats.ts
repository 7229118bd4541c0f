import type { UserActivityRow } from '@etl/warehouse';
import { stringify } from 'csv-stringify/sync';
import { UserActivity } from '../contract/figure-answers.ts';
import { withoutFormulas } from './without-formulas.ts';

type Pages = AsyncIterable<UserActivityRow[]>;

/** Makes the answer's row of a stored one. */
export type PresentUserActivity = (row: UserActivityRow) => UserActivity;

/** Rows as text, page by page: whatever their number, no more than a page is held. */
export type TextFormat = (pages: Pages, present: PresentUserActivity) => AsyncGenerator<string>;

/** As the contract has them. */
const COLUMNS = Object.keys(UserActivity.shape);

/** Comma-separated, for spreadsheets: with a byte order mark, and no field that one would take for a formula. */
export async function* csv(pages: Pages, present: PresentUserActivity): AsyncGenerator<string> {
  let header = stringify([COLUMNS], { bom: true, record_delimiter: 'windows' });
  for await (const page of pages) {
    // With the first page: where that cannot be read nothing is to be sent.
    const lines = stringify(
      page.map((row) => disarmed(present(row))),
      { columns: COLUMNS, record_delimiter: 'windows' },
    );
    yield header + lines;
    header = '';
  }
  if (header !== '') yield header;
}

/** The fields in which somebody may have written anything. Looking at all of them would take most of an export's time. */
const TEXTS = ['course_id', 'id_number', 'course_name', 'course_shortname'] as const;

/** The row with texts that no spreadsheet takes for a formula. */
function disarmed(row: UserActivity): UserActivity {
  const safe = { ...row };
  for (const name of TEXTS) if (row[name] !== null) safe[name] = withoutFormulas(row[name]);
  return safe;
}

/** A JSON object a line. */
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
