import type { ActivityCounts, BatchInput, CompletedBatch, UserCounts } from '@etl/warehouse';

/** Rows of each kind of counts. 5,000 courses a day are ten days, and a few megabytes. */
const MOST_ROWS = 50_000;

/**
 * The counts that batches of this process have loaded, so that a merge here does not read them back. They replace a
 * read only if the warehouse says that the same attempt is the date's newest completed one: see `of`.
 */
export interface CountsCache {
  activity: LoadedCounts<ActivityCounts>;
  users: LoadedCounts<UserCounts>;
}

export function countsCache(): CountsCache {
  return { activity: new LoadedCounts(), users: new LoadedCounts() };
}

/** What attempts of one batch have loaded. Forgets the oldest first. */
export class LoadedCounts<Row> {
  readonly #byRow = new Map<number, { runId: string; fence: number; rows: readonly Row[] }>();

  /** Keeps the rows of an attempt whose load has committed. */
  keep({ schedulerId, runId, fence }: Attempt, rows: readonly Row[]): void {
    this.#byRow.set(schedulerId, { runId, fence, rows });
    for (const oldest of this.#byRow.keys()) {
      if (this.#size() <= MOST_ROWS) return;
      this.#byRow.delete(oldest);
    }
  }

  /**
   * What the table holds of the date of a newest completed row. Undefined if another process has loaded it: an id and a
   * fence are of one attempt, and only one of its run. That attempt left exactly these rows.
   */
  of({ id, run_id, fence }: CompletedBatch): readonly Row[] | undefined {
    const loaded = this.#byRow.get(id);
    return loaded?.fence === fence && loaded.runId === run_id ? loaded.rows : undefined;
  }

  /** Dates of a backfill share the rows of one enrolment count. */
  #size(): number {
    const distinct = new Set([...this.#byRow.values()].map(({ rows }) => rows));
    return [...distinct].reduce((sum, rows) => sum + rows.length, 0);
  }
}

type Attempt = Pick<BatchInput, 'schedulerId' | 'runId' | 'fence'>;
