/** A call of the API that answers rows, and the file with the same rows. A program is made of nothing else. */
export interface RowsRequest {
  /** The address of the call, without a query. */
  address: string;
  /** What is asked for, apart from the place of a page. */
  query: Readonly<Record<string, string>>;
  /** What asks for the next page: the answer's `next_cursor`, or the number of rows so far. */
  next: 'cursor' | 'offset';
  /** The address of the file, and its name. */
  file: { address: string; name: string };
}

/** The lines of a query in a language. `line` writes one name and value. */
export function linesOf(query: RowsRequest['query'], line: (name: string, value: string) => string): string {
  return Object.entries(query)
    .map(([name, value]) => line(name, value))
    .join('\n');
}
