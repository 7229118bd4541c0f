import { type EtlStatus, runStatus, statusInWords } from '@etl/core';
import type { Warehouse } from '../warehouse.ts';

/** The newest run of a date, whatever became of it. */
export interface LastRun {
  runId: string;
  status: EtlStatus;
}

/** The newest run of each date from `from` to `to`, both included. A date that never ran has none. */
export async function lastRuns(
  snapshot: Warehouse,
  { from, to }: { from: string; to: string },
): Promise<Map<string, LastRun>> {
  const rows = await snapshot
    .selectFrom(({ selectFrom }) =>
      selectFrom('log_scheduler')
        .select(({ fn }) => fn.max('id').as('id'))
        .where('extraction_date', '>=', from)
        .where('extraction_date', '<=', to)
        .groupBy('extraction_date')
        .as('newest'),
    )
    .innerJoin('log_scheduler as last', 'last.id', 'newest.id')
    .innerJoin('log_scheduler as own', 'own.run_id', 'last.run_id')
    .select(['own.extraction_date', 'own.run_id', 'own.status'])
    .execute();
  const byDate = Map.groupBy(rows, ({ extraction_date }) => extraction_date);
  return new Map(
    [...byDate].map(([date, own]) => [
      date,
      { runId: own[0]?.run_id ?? '', status: runStatus(own.map(({ status }) => statusInWords(status))) },
    ]),
  );
}
