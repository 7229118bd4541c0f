import { SCHEDULER_STATUS, STATUSES_OF_ROWS, statusCode } from '@etl/core';
import { sql } from 'kysely';
import { failureCode } from '../log-scheduler/failure.ts';
import { columnsOf } from './fragments.ts';
import type { View } from './view.ts';

const STATUS = sql.join(
  STATUSES_OF_ROWS.map((status) => sql`WHEN ${sql.lit(statusCode(status))} THEN ${sql.lit(status)}`),
  sql` `,
);

/** One row for each batch of a run. It has no names of people and no messages: a message can name servers. */
export const RUNS: View = {
  name: 'v_runs',
  columns: {
    ...columnsOf('log_scheduler', ['extraction_date', 'run_id', 'batch_name', 'trigger_type']),
    status: sql`CASE status ${STATUS} END`,
    ...columnsOf('log_scheduler', ['attempt', 'created_at', 'started_at', 'finished_at']),
    seconds: sql`CAST(TIMESTAMPDIFF(MICROSECOND, started_at, finished_at) / 1000000 AS DECIMAL(12, 3))`,
    rows_done: sql`log_scheduler.offset`,
    rows_in_all: sql`log_scheduler.numrow`,
    failure_code: sql`CASE WHEN status = ${sql.lit(SCHEDULER_STATUS.failed)} THEN ${failureCode} END`,
  },
  from: sql`log_scheduler`,
};
