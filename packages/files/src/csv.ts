import { stringify } from 'csv-stringify/sync';
import type { Cells, Pages, Table } from './table.ts';
import { withoutFormulas } from './without-formulas.ts';

/**
 * CSV for spreadsheets: with a byte order mark, and without fields that a spreadsheet would calculate. Writes page by
 * page: memory holds one page at most.
 */
export async function* csvOf<Row>(
  { columns, cellsOf }: Table<Row>,
  pages: Pages<Row>,
): AsyncGenerator<string> {
  const names = columns.map(({ name }) => name);
  // To check every field would take most of an export's time.
  const texts = columns.filter(({ kind }) => kind === 'text').map(({ name }) => name);
  let header = stringify([names], { bom: true, record_delimiter: 'windows' });
  for await (const page of pages) {
    // The header is sent with the first page: if that page fails, nothing was sent.
    const lines = stringify(
      page.map((row) => withSafeTexts(cellsOf(row), texts)),
      { columns: names, record_delimiter: 'windows' },
    );
    yield header + lines;
    header = '';
  }
  if (header !== '') yield header;
}

/** The cells with texts that no spreadsheet calculates. */
function withSafeTexts(cells: Cells, texts: readonly string[]): Cells {
  const safe = { ...cells };
  for (const name of texts) {
    const text = cells[name];
    if (typeof text === 'string') safe[name] = withoutFormulas(text);
  }
  return safe;
}
