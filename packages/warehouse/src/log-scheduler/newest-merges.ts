import type { Warehouse } from '../warehouse.ts';
import { type BatchDetails, parseDetails } from './details.ts';
import { completedRows, newestFirst } from './newest-completed.ts';

/** A completed merge whose result the tables hold. */
export interface NewestMerge {
  /** Of its row in `log_scheduler`. */
  id: number;
  details: BatchDetails;
  /** UTC. */
  finishedAt: string;
}

/** The newest completed merge of each date, by date, in the order of the dates. A date without one has none. */
export async function newestMerges(
  snapshot: Warehouse,
  from: string,
  to: string,
): Promise<Map<string, NewestMerge>> {
  const rows = await completedRows(snapshot, 'main_etl')
    .select(['completed.id', 'completed.extraction_date', 'completed.details', 'completed.finished_at'])
    .where('completed.extraction_date', '>=', from)
    .where('completed.extraction_date', '<=', to)
    .orderBy('completed.extraction_date')
    .orderBy(newestFirst('completed'))
    .execute();
  const newest = new Map<string, NewestMerge>();
  for (const { id, extraction_date: date, details, finished_at } of rows) {
    if (!newest.has(date)) {
      newest.set(date, { id, details: parseDetails(details), finishedAt: finished_at ?? '' });
    }
  }
  return newest;
}

/**
 * The ids of all completed merges of each date, by date, newest first, with `+` between. It changes with every merge
 * that completes, also if the clock of the server has gone back, and another row is therefore the newest.
 */
export async function mergesByDate(
  snapshot: Warehouse,
  from: string,
  to: string,
): Promise<Map<string, string>> {
  const rows = await completedRows(snapshot, 'main_etl')
    .select(['completed.id', 'completed.extraction_date'])
    .where('completed.extraction_date', '>=', from)
    .where('completed.extraction_date', '<=', to)
    .orderBy('completed.extraction_date')
    .orderBy(newestFirst('completed'))
    .execute();
  const merges = new Map<string, string>();
  for (const { id, extraction_date: date } of rows) {
    const newer = merges.get(date);
    merges.set(date, newer === undefined ? String(id) : `${newer}+${id}`);
  }
  return merges;
}
