import { BATCHES, type Batch, type EtlStatus, runStatus, statusInWords } from '@etl/core';
import type { Warehouse } from '../warehouse.ts';
import { type LogSchedulerRow, newestRow, rowsOfRun } from './rows.ts';

/** The state of a run and of its date. */
export interface RunState {
  runId: string;
  date: string;
  status: EtlStatus;
  /** The rows of the run itself. */
  rows: LogSchedulerRow[];
  /** The newest row of each batch for the run's date, of whatever run. */
  newest: Partial<Record<Batch, LogSchedulerRow>>;
}

/** The state of the newest run, of a date or of all. Undefined if there is none. Read it on a snapshot. */
export async function newestRun(warehouse: Warehouse, date?: string): Promise<RunState | undefined> {
  const runs = warehouse.selectFrom('log_scheduler').select('run_id').orderBy('id', 'desc').limit(1);
  const newest = await (date ? runs.where('extraction_date', '=', date) : runs).executeTakeFirst();
  return newest && runState(warehouse, newest.run_id);
}

/** The state of one run. Undefined if there is no such run. Read it on a snapshot. */
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

/** A run and the states of its batches. */
export interface Run {
  runId: string;
  date: string;
  status: EtlStatus;
  rows: Pick<LogSchedulerRow, 'batch_name' | 'status' | 'error_details' | 'finished_at'>[];
}

/** These runs, read with one query. Leaves out a run that `log_scheduler` does not have. */
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

/** The ids of at most `most` runs that begin with these letters and digits. */
export async function runIdsBeginning(
  warehouse: Warehouse,
  beginning: string,
  most: number,
): Promise<string[]> {
  const runs = await warehouse
    .selectFrom('log_scheduler')
    .select('run_id')
    .distinct()
    .where('run_id', 'like', `${beginning}%`)
    .limit(most)
    .execute();
  return runs.map(({ run_id }) => run_id);
}
