import {
  type Batch,
  clockTime,
  type EtlStatus,
  SCHEDULER_STATUS,
  type SchedulerStatus,
  statusInWords,
} from '@etl/core';
import { madeWithOtherSettings, storedSettings } from '../figure-settings.ts';
import { completedRow, lastCompletedDate } from '../log-scheduler/newest-completed.ts';
import type { LogSchedulerRow } from '../log-scheduler/rows.ts';
import { newestRun, type RunState, runState } from '../log-scheduler/run-state.ts';
import { onSnapshot, type Warehouse } from '../warehouse.ts';
import { type DateLedger, ledgerIn } from './ledger.ts';
import { localTime } from './local-time.ts';

/** The state of a run, or of the newest run of a date. Times are in the institution's time zone. */
export interface StatusReport {
  etl_status: EtlStatus;
  run_id: string | null;
  extraction_date: string | null;
  provisional: boolean;
  /** The date's figures were made with another time zone or other roles than the stored ones. */
  settings_differ: boolean;
  batches: Record<Batch, BatchReport>;
  /** Where each log row of the day is, by the date's newest merge. Null if the date has no figures. */
  ledger: DateLedger | null;
  last_completed_date: string | null;
  next_run_at: string | null;
}

export interface BatchReport {
  status: EtlStatus;
  scheduler_status: SchedulerStatus | null;
  offset: number;
  numrow: number;
  /** Percent. */
  progress: number;
  started_at: string | null;
  finished_at: string | null;
  error_details: string | null;
}

/** The time zone of a report, and the next tick of the schedule. */
export interface ReportClocks {
  timeZone: string;
  nextRunAt: Date | undefined;
}

/** Reports on the newest run, of a date or of all, and on the newest row of each batch for its date. */
export async function statusReport(
  warehouse: Warehouse,
  asked: string | undefined,
  clocks: ReportClocks,
): Promise<StatusReport> {
  // One snapshot: the state of the run must not contradict those of its batches.
  return onSnapshot(warehouse, async (snapshot) => {
    const run = await newestRun(snapshot, asked);
    return report(snapshot, run, run?.newest ?? {}, run?.date ?? asked ?? null, clocks);
  });
}

/** Reports on one run and its own batches. Undefined if there is no such run. */
export async function runReport(
  warehouse: Warehouse,
  runId: string,
  clocks: ReportClocks,
): Promise<StatusReport | undefined> {
  return onSnapshot(warehouse, async (snapshot) => {
    const run = await runState(snapshot, runId);
    if (!run) return undefined;
    const own = Object.fromEntries(run.rows.map((row) => [row.batch_name, row]));
    return report(snapshot, run, own, run.date, clocks);
  });
}

async function report(
  snapshot: Warehouse,
  run: RunState | undefined,
  rows: RunState['newest'],
  date: string | null,
  { timeZone, nextRunAt }: ReportClocks,
): Promise<StatusReport> {
  const merged = date === null ? undefined : await completedRow(snapshot, 'main_etl', date);
  return {
    etl_status: run?.status ?? 'not_started',
    run_id: run?.runId ?? null,
    extraction_date: date,
    provisional: merged?.details.provisional ?? false,
    settings_differ: merged ? madeWithOtherSettings(merged.details, await storedSettings(snapshot)) : false,
    batches: {
      activity_counts: batchReport(rows.activity_counts, timeZone),
      user_counts: batchReport(rows.user_counts, timeZone),
      main_etl: batchReport(rows.main_etl, timeZone),
    },
    ledger: merged ? ledgerIn(merged.details) : null,
    last_completed_date: (await lastCompletedDate(snapshot)) ?? null,
    next_run_at: nextRunAt ? clockTime(nextRunAt, timeZone) : null,
  };
}

function batchReport(row: LogSchedulerRow | undefined, timeZone: string): BatchReport {
  if (!row) {
    return {
      status: 'not_started',
      scheduler_status: null,
      offset: 0,
      numrow: 0,
      progress: 0,
      started_at: null,
      finished_at: null,
      error_details: null,
    };
  }
  const status = statusInWords(row.status);
  return {
    status,
    scheduler_status: row.status,
    offset: row.offset,
    numrow: row.numrow,
    progress: progressOf(row),
    started_at: localTime(row.started_at, timeZone),
    finished_at: localTime(row.finished_at, timeZone),
    error_details: row.error_details,
  };
}

/** Whole percent. A finished batch is at 100, also if it had nothing to do. */
export function progressOf({
  status,
  offset,
  numrow,
}: Pick<LogSchedulerRow, 'status' | 'offset' | 'numrow'>): number {
  if (status === SCHEDULER_STATUS.finished) return 100;
  return numrow === 0 ? 0 : Math.floor((100 * offset) / numrow);
}
