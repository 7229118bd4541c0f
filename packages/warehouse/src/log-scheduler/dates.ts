import { BATCHES, type Batch, SCHEDULER_STATUS, type TriggerType } from '@etl/core';
import { sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';
import { parseDetails } from './details.ts';
import { failureCode, type RecordedFailure } from './failure.ts';
import { newestFirst } from './newest-completed.ts';

/** The state of a date, from its rows in `log_scheduler`. */
export interface DateRecord {
  /** Its figures are complete: extracted after its day had ended. */
  isFinal: boolean;
  /** One of its batches is queued or in progress. */
  isActive: boolean;
  /** The schedule has started or recorded a run of it. */
  wasScheduled: boolean;
  /** The failures of the newest row of each batch, of whatever run. A live run that failed does not count. */
  failures: RecordedFailure[];
  newestRun: {
    runId: string;
    trigger: TriggerType;
    /** The time zone of its day. */
    timeZone: string;
    batches: Batch[];
    /** Epoch seconds, by the warehouse's clock. */
    createdAt: number;
    /** The failures of its batches. */
    failures: RecordedFailure[];
  };
}

/** The records of these dates, oldest date first. A date without a row has none. */
export async function dateRecords(
  warehouse: Warehouse,
  dates: readonly string[],
): Promise<Map<string, DateRecord>> {
  if (dates.length === 0) return new Map();
  const rows = await rowsOfDates(warehouse, dates);
  const byDate = Map.groupBy(rows, ({ extraction_date }) => extraction_date);
  return new Map([...byDate].map(([date, own]) => [date, recordOf(own)]));
}

type DateRow = Awaited<ReturnType<typeof rowsOfDates>>[number];

/** Oldest date first, and of each date the newest completed rows first. */
async function rowsOfDates(warehouse: Warehouse, dates: readonly string[]) {
  return warehouse
    .selectFrom('log_scheduler')
    .select(['id', 'run_id', 'batch_name', 'extraction_date', 'status', 'trigger_type'])
    .select(['active_key', 'error_details', 'details'])
    .select(sql<number>`UNIX_TIMESTAMP(created_at)`.as('created'))
    .select(failureCode.as('failure_code'))
    .where('extraction_date', 'in', dates)
    .orderBy('extraction_date')
    .orderBy(newestFirst('log_scheduler'))
    .execute();
}

function recordOf(newestCompletedFirst: readonly DateRow[]): DateRecord {
  const merged = newestCompletedFirst.find(
    ({ batch_name, status }) => batch_name === 'main_etl' && status === SCHEDULER_STATUS.finished,
  );
  const rows = newestCompletedFirst.toSorted((a, b) => a.id - b.id);
  const newestOfBatches = new Map(
    rows.filter((row) => !isFailedLive(row)).map((row) => [row.batch_name, row]),
  );
  const ownRows = rows.filter(({ run_id }) => run_id === rows.at(-1)?.run_id);
  const newest = ownRows[0] as DateRow;
  return {
    isFinal: merged !== undefined && !parseDetails(merged.details).provisional,
    isActive: rows.some(({ active_key }) => active_key !== null),
    wasScheduled: rows.some(({ trigger_type }) => trigger_type === 'schedule'),
    failures: failuresOf([...newestOfBatches.values()]),
    newestRun: {
      runId: newest.run_id,
      trigger: newest.trigger_type,
      timeZone: parseDetails(newest.details).time_zone,
      createdAt: Number(newest.created),
      batches: ownRows.map(({ batch_name }) => batch_name as Batch),
      failures: failuresOf(ownRows),
    },
  };
}

/** The next live run comes soon, and the night's run makes the figures final. */
function isFailedLive({ trigger_type, status }: DateRow): boolean {
  return trigger_type === 'live' && status === SCHEDULER_STATUS.failed;
}

function failuresOf(rows: readonly DateRow[]): RecordedFailure[] {
  return rows
    .filter(({ status }) => status === SCHEDULER_STATUS.failed)
    .map(({ failure_code, error_details }) => ({ code: failure_code, why: error_details ?? '' }));
}

/** The dates of which a batch of a run that is not live has failed within the last `seconds`, by the warehouse's clock. */
export async function datesFailedSince(warehouse: Warehouse, seconds: number): Promise<string[]> {
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .select('extraction_date')
    .distinct()
    .where('batch_name', 'in', BATCHES)
    .where('trigger_type', '<>', 'live')
    .where('status', '=', SCHEDULER_STATUS.failed)
    .where('finished_at', '>=', sql<string>`UTC_TIMESTAMP(6) - INTERVAL ${seconds} SECOND`)
    .execute();
  return rows.map((row) => row.extraction_date);
}

/**
 * The first date that ever completed by a run that is not live, and the first with a run of the schedule. Undefined if
 * there is none. A live run must not make a new installation look like an old one.
 */
export async function firstDates(
  warehouse: Warehouse,
): Promise<{ completed: string | undefined; scheduled: string | undefined }> {
  const first = warehouse.selectFrom('log_scheduler').select((of) => of.fn.min('extraction_date').as('date'));
  const completed = await first
    .where('batch_name', '=', 'main_etl')
    .where('status', '=', SCHEDULER_STATUS.finished)
    .where('trigger_type', '<>', 'live')
    .executeTakeFirst();
  const scheduled = await first.where('trigger_type', '=', 'schedule').executeTakeFirst();
  return { completed: completed?.date ?? undefined, scheduled: scheduled?.date ?? undefined };
}
