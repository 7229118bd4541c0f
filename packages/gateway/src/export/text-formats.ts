import type { PresentUserActivity, UserActivityRow } from '@etl/warehouse';

type Pages = AsyncIterable<UserActivityRow[]>;

/** Writes rows as text, page by page. Memory holds one page at most. */
export type TextFormat = (pages: Pages, present: PresentUserActivity) => AsyncGenerator<string>;

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
