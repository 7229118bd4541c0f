import { BATCHES, type Batch } from '@etl/core';
import { type Selectable, sql } from 'kysely';
import type { LogSchedulerTable } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import { completedRows } from './newest-completed.ts';

const COLUMNS = [
  'id',
  'run_id',
  'batch_name',
  'extraction_date',
  'trigger_type',
  'status',
  'fence',
  'offset',
  'numrow',
  'error_details',
  'details',
  'active_key',
  'finished_at',
] as const satisfies (keyof LogSchedulerTable)[];

/** A row of `log_scheduler`, as far as it shows that a batch has changed. */
export type RecentRow = Pick<Selectable<LogSchedulerTable>, (typeof COLUMNS)[number]> & { batch_name: Batch };

/**
 * The rows that are queued or in progress, those that were changed within the last `seconds`, and those of `ids`, in
 * the order of their ids. One statement, and so one moment. A change has the time of its statement, not that of its
 * commit: choose minutes more than have passed since the last read.
 */
export async function recentRows(
  warehouse: Warehouse,
  { seconds, ids }: { seconds: number; ids: readonly number[] },
): Promise<RecentRow[]> {
  const some = () => warehouse.selectFrom('log_scheduler').select(COLUMNS).where('batch_name', 'in', BATCHES);
  // Each part uses an index of its own.
  let parts = some()
    .where('active_key', 'is not', null)
    .unionAll(some().where('updated_at', '>=', sql<string>`NOW() - INTERVAL ${sql.lit(seconds)} SECOND`));
  if (ids.length > 0) parts = parts.unionAll(some().where('id', 'in', ids));
  const found = await parts.execute();
  const byId = new Map(found.map((row) => [row.id, row]));
  return [...byId.values()].toSorted((a, b) => a.id - b.id);
}

/** Those of these completed merges that replaced the figures of an earlier merge of their date. */
export async function replacingMerges(
  warehouse: Warehouse,
  merges: readonly Pick<RecentRow, 'id' | 'extraction_date'>[],
): Promise<Set<number>> {
  if (merges.length === 0) return new Set();
  const dates = [...new Set(merges.map(({ extraction_date }) => extraction_date))];
  const completed = await completedRows(warehouse, 'main_etl')
    .select(['completed.id', 'completed.extraction_date'])
    .where('completed.extraction_date', 'in', dates)
    .execute();
  const others = ({ id, extraction_date: date }: (typeof merges)[number]) =>
    completed.some((other) => other.extraction_date === date && other.id !== id);
  return new Set(merges.filter(others).map(({ id }) => id));
}
