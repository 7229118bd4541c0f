import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { AboutLine } from '../about.ts';
import type { Pages, Table } from '../table.ts';
import { rowCursor } from './row-cursor.ts';
import { aboutSheet, figuresSheet } from './sheets.ts';
import { sheetPath, workbookParts } from './workbook.ts';

/** The most rows of a sheet, in every spreadsheet. Further rows go on in a further sheet. */
const ROWS_PER_SHEET = 1_048_576;

/**
 * An XLSX file: sheets of figures, and a sheet about them. The directory of the archive comes last: a file that lacks
 * it cannot be opened. Memory holds one page of rows, and what the compression has not sent yet.
 */
export async function* xlsxOf<Row>(
  table: Table<Row>,
  pages: Pages<Row>,
  about: readonly AboutLine[],
  { rowsPerSheet = ROWS_PER_SHEET } = {},
): AsyncGenerator<Uint8Array> {
  const rows = rowCursor(pages);
  // If the first page fails, nothing was sent.
  await rows.isAtEnd();
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  const stopped = new AbortController();

  async function addSheets(): Promise<void> {
    const names: string[] = [];
    do {
      names.push(names.length === 0 ? 'Figures' : `Figures ${names.length + 1}`);
      const sheet = Readable.from(figuresSheet(table, rows, rowsPerSheet), { signal: stopped.signal });
      zip.addReadStream(sheet, sheetPath(names.length));
      // A sheet that is stopped still ends the statement that it waits for.
      await finished(sheet);
    } while (!(await rows.isAtEnd()));
    names.push('About');
    const last = [
      [sheetPath(names.length), aboutSheet(about, table.columns)],
      ...workbookParts(names),
    ] as const;
    for (const [path, xml] of last) zip.addBuffer(Buffer.from(xml), path);
    zip.end();
  }

  const added = addSheets().catch((error: Error) => void output.destroy(error));
  try {
    yield* output;
  } finally {
    stopped.abort();
    await added;
    await rows.close();
  }
}
