import type { UserActivityRow } from '@etl/warehouse';
import { cursorAfter } from '../cursor.ts';

/** A page of rows. `end` says whether another page follows, after the rows were read. */
export interface Page {
  rows: AsyncIterable<UserActivityRow[]>;
  end(): { has_next: boolean; next_cursor: string | null };
}

/** The first `limit` rows of a date. `found` has one row more if there is a next page. */
export function pageOf(date: string, limit: number, found: AsyncIterable<UserActivityRow[]>): Page {
  let read = 0;
  let last: UserActivityRow | undefined;
  async function* upToLimit() {
    for await (const rows of found) {
      const shown = rows.slice(0, limit - read);
      read += rows.length;
      last = shown.at(-1) ?? last;
      // The extra row may be alone on its page.
      if (shown.length > 0) yield shown;
    }
  }
  return {
    rows: upToLimit(),
    end: () => {
      const hasNext = read > limit;
      return { has_next: hasNext, next_cursor: hasNext && last ? cursorAfter(last.id, date) : null };
    },
  };
}
