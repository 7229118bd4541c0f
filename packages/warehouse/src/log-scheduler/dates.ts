import { BATCHES, type Batch, SCHEDULER_STATUS, type SchedulerStatus, type TriggerType } from '@etl/core';
import { sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';
import { parseDetails } from './details.ts';
import { failureCode, type RecordedFailure } from './failure.ts';
import { isReplaced } from './newest-completed.ts';

/** The state of a date, from its rows in `log_scheduler`. */
export interface DateRecord {
  /** Its figures are complete: extracted after its day had ended. */
  isFinal: boolean;
  /** One of its batches is queued or in progress. */
  isActive: boolean;
  /** The schedule has started or recorded a run of it. */
  wasScheduled: boolean;
  /** The failures of the newest row of each batch, of whatever run. */
  failures: RecordedFailure[];
  newestRun: {
    runId: string;
    trigger: TriggerType;
    /** The time zone of its day. */
    timeZone: string;
    batches: Batch[];
    /** Epoch seconds, by the database's clock. */
    createdAt: number;
    /** The failures of its batches. */
    failures: RecordedFailure[];
  };
}

/** The records of these dates. A date without a row has none. */
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
    ])
    .select(sql<number>`UNIX_TIMESTAMP(created_at)`.as('created'))
    .select(failureCode.as('failure'))
    .select(isReplaced('log_scheduler').as('is_replaced'))
    .where('extraction_date', 'in', dates)
    .orderBy('id')
    .execute();
  const records = new Map<string, DateRecord>();
  const failuresOfBatches = new Map<string, Map<string, RecordedFailure | undefined>>();
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
    const failure = failureIn(row);
    if (failure) newestRun.failures.push(failure);
    const ofBatches =
      failuresOfBatches.get(row.extraction_date) ?? new Map<string, RecordedFailure | undefined>();
    ofBatches.set(row.batch_name, failure);
    failuresOfBatches.set(row.extraction_date, ofBatches);
    const isMerged =
      row.batch_name === 'main_etl' && row.status === SCHEDULER_STATUS.finished && !row.is_replaced;
    records.set(row.extraction_date, {
      isFinal: isMerged ? !parseDetails(row.details).provisional : (before?.isFinal ?? false),
      isActive: (before?.isActive ?? false) || row.active_key !== null,
      wasScheduled: (before?.wasScheduled ?? false) || row.trigger_type === 'schedule',
      failures: [...ofBatches.values()].filter((failure) => failure !== undefined),
      newestRun,
    });
  }
  return records;
}

function failureIn(row: {
  status: SchedulerStatus;
  error_details: string | null;
  failure: RecordedFailure['code'];
}): RecordedFailure | undefined {
  if (row.status !== SCHEDULER_STATUS.failed) return undefined;
  return { code: row.failure, why: row.error_details ?? '' };
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

/** The first date that ever completed, and the first with a run of the schedule. Undefined if there is none. */
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
