import type { Pages } from '../table.ts';

/** Takes rows from pages in portions. */
export interface RowCursor<Row> {
  /** The next rows, at most so many. None at the end. */
  next(most: number): Promise<readonly Row[]>;
  /** Whether all rows were taken. Reads the next page if it has to. */
  isAtEnd(): Promise<boolean>;
  /** Ends the pages. */
  close(): Promise<void>;
}

export function rowCursor<Row>(pages: Pages<Row>): RowCursor<Row> {
  const iterator = pages[Symbol.asyncIterator]();
  let page: readonly Row[] = [];
  const isAtEnd = async () => {
    while (page.length === 0) {
      const { done, value } = await iterator.next();
      if (done) return true;
      page = value;
    }
    return false;
  };
  return {
    isAtEnd,
    next: async (most) => {
      if (await isAtEnd()) return [];
      const taken = page.slice(0, most);
      page = page.slice(most);
      return taken;
    },
    close: async () => void (await iterator.return?.()),
  };
}
