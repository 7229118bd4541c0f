import { type EtlStatus, runStatus, statusInWords } from '@etl/core';
import type { Warehouse } from '../warehouse.ts';
import type { LogSchedulerRow } from './state.ts';

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
