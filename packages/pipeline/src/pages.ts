/** Reads page after page until one is not full. `after` reads the page that follows a row. */
export async function* pages<Row>(
  after: (last: Row | undefined) => Promise<Row[]>,
  size: number,
): AsyncGenerator<Row[]> {
  let last: Row | undefined;
  for (;;) {
    const page = await after(last);
    if (page.length > 0) yield page;
    if (page.length < size) return;
    last = page.at(-1);
  }
}
