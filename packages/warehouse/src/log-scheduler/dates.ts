import { BATCHES, type Batch, SCHEDULER_STATUS, type TriggerType } from '@etl/core';
import { sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';
import { parseDetails } from './details.ts';

/** What `log_scheduler` knows about a date. */
export interface DateRecord {
  /** Its figures are there, extracted after its day had ended. */
  isFinal: boolean;
  /** Something of it is queued or in progress. */
  isActive: boolean;
  /** The schedule has come to it before. */
  wasScheduled: boolean;
  /** What the newest rows of its batches say they failed of, whichever runs they are of. */
  failures: string[];
  newestRun: {
    runId: string;
    trigger: TriggerType;
    /** The zone that decided when its day began. */
    timeZone: string;
    batches: Batch[];
    /** Epoch seconds, by the database's clock. */
    createdAt: number;
    /** What its batches say they failed of. */
    failures: string[];
  };
}

/** The records of those of these dates that have any row. */
export async function dateRecords(
  warehouse: Warehouse,
  dates: readonly string[],
): Promise<Map<string, DateRecord>> {
  if (dates.length === 0) return new Map();
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .select([
      'run_id',
      'batch_name',
      'extraction_date',
      'status',
      'trigger_type',
      'active_key',
      'error_details',
      'details',
      'finished_at',
    ])
    .select(sql<number>`UNIX_TIMESTAMP(created_at)`.as('created'))
    .where('extraction_date', 'in', dates)
    .orderBy('id')
    .execute();
  const records = new Map<string, DateRecord>();
  const lastMerged = new Map<string, string>();
  const newestOfBatches = new Map<string, Map<string, string | undefined>>();
  for (const row of rows) {
    const before = records.get(row.extraction_date);
    const isNewRun = before?.newestRun.runId !== row.run_id;
    const newestRun =
      before && !isNewRun
        ? before.newestRun
        : {
            runId: row.run_id,
            trigger: row.trigger_type,
            timeZone: parseDetails(row.details).time_zone,
            createdAt: Number(row.created),
            batches: [],
            failures: [],
          };
    newestRun.batches.push(row.batch_name as Batch);
    if (row.status === SCHEDULER_STATUS.failed) newestRun.failures.push(row.error_details ?? '');
    const ofBatches = newestOfBatches.get(row.extraction_date) ?? new Map<string, string | undefined>();
    ofBatches.set(
      row.batch_name,
      row.status === SCHEDULER_STATUS.failed ? (row.error_details ?? '') : undefined,
    );
    newestOfBatches.set(row.extraction_date, ofBatches);
    const completes = row.batch_name === 'main_etl' && row.status === SCHEDULER_STATUS.finished;
    const finishedAt = row.finished_at ?? '';
    // The merge whose figures are stored is the one that finished last.
    const isNewest = completes && finishedAt >= (lastMerged.get(row.extraction_date) ?? '');
    if (isNewest) lastMerged.set(row.extraction_date, finishedAt);
    records.set(row.extraction_date, {
      isFinal: isNewest ? !parseDetails(row.details).provisional : (before?.isFinal ?? false),
      isActive: (before?.isActive ?? false) || row.active_key !== null,
      wasScheduled: (before?.wasScheduled ?? false) || row.trigger_type === 'schedule',
      failures: [...ofBatches.values()].filter((failure) => failure !== undefined),
      newestRun,
    });
  }
  return records;
}

/** The dates of which a batch has failed for good within the last `seconds`, by the database's clock. */
export async function datesFailedSince(warehouse: Warehouse, seconds: number): Promise<string[]> {
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .select('extraction_date')
    .distinct()
    .where('batch_name', 'in', BATCHES)
    .where('status', '=', SCHEDULER_STATUS.failed)
    .where('finished_at', '>=', sql<string>`UTC_TIMESTAMP(6) - INTERVAL ${seconds} SECOND`)
    .execute();
  return rows.map((row) => row.extraction_date);
}

/** The first date that ever completed, and the first that the schedule came to. Undefined where there is none. */
export async function firstDates(
  warehouse: Warehouse,
): Promise<{ completed: string | undefined; scheduled: string | undefined }> {
  const first = warehouse.selectFrom('log_scheduler').select((of) => of.fn.min('extraction_date').as('date'));
  const completed = await first
    .where('batch_name', '=', 'main_etl')
    .where('status', '=', SCHEDULER_STATUS.finished)
    .executeTakeFirst();
  const scheduled = await first.where('trigger_type', '=', 'schedule').executeTakeFirst();
  return { completed: completed?.date ?? undefined, scheduled: scheduled?.date ?? undefined };
}
