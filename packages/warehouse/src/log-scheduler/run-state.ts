import { BATCHES, type Batch, type EtlStatus, runStatus, statusInWords } from '@etl/core';
import type { Warehouse } from '../warehouse.ts';
import { type LogSchedulerRow, newestRow, rowsOfRun } from './rows.ts';

/** A run, or the state of a date: the newest run of it, and the newest row of every batch. */
export interface RunState {
  runId: string;
  date: string;
  status: EtlStatus;
  /** The rows of the run itself. */
  rows: LogSchedulerRow[];
  /** The newest row of each batch for the run's date, whichever run it belongs to. */
  newest: Partial<Record<Batch, LogSchedulerRow>>;
}

/** The state of the newest run, of a date or of all. Undefined where there is none. Read it on a snapshot. */
export async function newestRun(warehouse: Warehouse, date?: string): Promise<RunState | undefined> {
  const runs = warehouse.selectFrom('log_scheduler').select('run_id').orderBy('id', 'desc').limit(1);
  const newest = await (date ? runs.where('extraction_date', '=', date) : runs).executeTakeFirst();
  return newest && runState(warehouse, newest.run_id);
}

/** The state of one run. Undefined where there is no such run. Read it on a snapshot. */
export async function runState(warehouse: Warehouse, runId: string): Promise<RunState | undefined> {
  const rows = await rowsOfRun(warehouse, runId);
  const date = rows[0]?.extraction_date;
  if (date === undefined) return undefined;
  const newest: RunState['newest'] = {};
  for (const batch of BATCHES) {
    const row = await newestRow(warehouse, batch, date);
    if (row) newest[batch] = row;
  }
  return { runId, date, status: runStatus(rows.map(({ status }) => statusInWords(status))), rows, newest };
}

/** A run and what became of its batches. */
export interface Run {
  runId: string;
  date: string;
  status: EtlStatus;
  rows: Pick<LogSchedulerRow, 'batch_name' | 'status' | 'error_details' | 'finished_at'>[];
}

/** How these runs are at this moment, in one query. A run that `log_scheduler` does not have is left out. */
export async function runsOf(warehouse: Warehouse, runIds: readonly string[]): Promise<Run[]> {
  if (runIds.length === 0) return [];
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .select(['run_id', 'extraction_date', 'batch_name', 'status', 'error_details', 'finished_at'])
    .where('run_id', 'in', runIds)
    .orderBy('id')
    .execute();
  const ofRun = Map.groupBy(rows, ({ run_id }) => run_id);
  return [...ofRun].map(([runId, its]) => ({
    runId,
    date: its[0]?.extraction_date ?? '',
    status: runStatus(its.map(({ status }) => statusInWords(status))),
    rows: its,
  }));
}
