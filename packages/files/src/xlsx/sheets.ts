import type { AboutLine } from '../about.ts';
import type { Column, ColumnKind } from '../columns.ts';
import type { Table } from '../table.ts';
import { rowWriter, textRow } from './cells.ts';
import type { RowCursor } from './row-cursor.ts';
import { STYLES } from './styles.ts';

/** In letters of the font. */
const WIDTHS: Record<ColumnKind, number> = { text: 24, whole: 14, decimal: 14, date: 12, time: 20 };

/** A sheet of figures with at most so many rows, its header included. Writes while it reads. */
export async function* figuresSheet<Row>(
  { columns, cellsOf }: Table<Row>,
  rows: RowCursor<Row>,
  rowsPerSheet: number,
): AsyncGenerator<string> {
  const write = rowWriter(columns);
  const names = columns.map(({ name }) => name);
  yield `${beginning(columns.map(({ kind }) => WIDTHS[kind]))}${textRow(1, names, STYLES.heading)}`;
  for (let row = 1; row < rowsPerSheet; ) {
    const page = await rows.next(rowsPerSheet - row);
    if (page.length === 0) break;
    let text = '';
    for (const own of page) {
      row += 1;
      text += write(row, cellsOf(own));
    }
    yield text;
  }
  yield END;
}

/** What to know about the figures, and the definition of each column. */
export function aboutSheet(about: readonly AboutLine[], columns: readonly Column[]): string {
  const lines = [
    ...about.map((line) => [line, STYLES.prose] as const),
    [['', ''], STYLES.prose] as const,
    [['Column', 'Definition'], STYLES.heading] as const,
    ...columns.map(({ name, about: words }) => [[name, words], STYLES.prose] as const),
  ];
  const rows = lines.map(([texts, style], index) => textRow(index + 1, texts, style));
  return beginning([36, 100], 0) + rows.join('') + END;
}

function beginning(widths: readonly number[], frozenRows = 1): string {
  const pane =
    frozenRows > 0
      ? `<pane ySplit="${frozenRows}" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>`
      : '';
  const columns = widths.map(
    (width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
  );
  return `${XML}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">${pane}</sheetView></sheetViews><cols>${columns.join('')}</cols><sheetData>`;
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

const END = '</sheetData></worksheet>';
