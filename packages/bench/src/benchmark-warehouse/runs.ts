import { BATCHES, SCHEDULER_STATUS } from '@etl/core';
import { insertRows } from '@etl/local-stack';
import type { Connection } from 'mysql2/promise';

/** One date in this many was run twice. */
const RERUN_EVERY = 20;

/** Completed runs of each date, as the scheduler starts them in the night after it. Some dates were run again. */
export async function fillRuns(connection: Connection, dates: readonly string[]): Promise<void> {
  const rows = dates.flatMap((date, index) => [
    ...rowsOfRun(date, index + 1, 1),
    ...(index % RERUN_EVERY === 3 ? rowsOfRun(date, index + 1, 4) : []),
  ]);
  await insertRows(connection, 'log_scheduler', rows);
  await insertRows(connection, 'etl_settings', [
    { id: 1, time_zone: 'UTC', student_role_ids: '5', teacher_role_ids: '3,4', updated_by: 'bench' },
  ]);
}

/** The rows of a run that ended some nights after its date. */
function rowsOfRun(date: string, run: number, nights: number) {
  const night = Temporal.PlainDate.from(date).add({ days: nights }).toString();
  const runId = `00000000-0000-4000-8000-${String(run * 10 + nights).padStart(12, '0')}`;
  return BATCHES.map((batch) => ({
    run_id: runId,
    job_id: `${runId}-${batch}`,
    batch_name: batch,
    extraction_date: date,
    limit_size: 1000,
    status: SCHEDULER_STATUS.finished,
    start_date: `${date} 00:00:00`,
    end_date: `${date} 23:59:59`,
    trigger_type: 'schedule',
    requested_by: 'schedule',
    attempt: 1,
    details: JSON.stringify({
      time_zone: 'UTC',
      provisional: false,
      user_counts_as_of: `${night} 02:01:00.000`,
      roles: { students: [5], teachers: [3, 4] },
    }),
    started_at: `${night} 02:00:00`,
    finished_at: `${night} 02:05:00`,
    created_at: `${night} 02:00:00`,
  }));
}
