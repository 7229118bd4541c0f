import type { Column } from './columns.ts';

export type Cell = string | number | null;

/** A value for each column. Ids beyond 2^53 are text. */
export type Cells = Readonly<Record<string, Cell>>;

/** A table, whatever the format. `cellsOf` makes the cells of a row, by the names of the columns. */
export interface Table<Row> {
  columns: readonly Column[];
  cellsOf(row: Row): Cells;
}

/** Rows in pages: memory holds one page at most. */
export type Pages<Row> = AsyncIterable<readonly Row[]>;

const ROWS_PER_PAGE = 1000;

/** Rows that are in memory already, as pages. */
export async function* pagesOf<Row>(all: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < all.length; from += ROWS_PER_PAGE) yield all.slice(from, from + ROWS_PER_PAGE);
}
