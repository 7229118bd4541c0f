import type { SchedulerRow } from '../../api/types.ts';
import type { BatchBar, BatchName } from '../../charts/gantt/table.ts';
import { clockSeconds } from '../../clock.ts';

export type Status = BatchBar['status'];

/** The batches of one request, in the order in which they depend on each other. */
export interface Run {
  id: string;
  status: Status;
  trigger: SchedulerRow['trigger_type'];
  by: string;
  batches: SchedulerRow[];
}

const WORDS: Record<SchedulerRow['status'], Status> = {
  1: 'completed',
  2: 'running',
  3: 'failed',
  4: 'queued',
};
const ORDER: readonly BatchName[] = ['activity_counts', 'user_counts', 'main_etl'];

export function wordOf({ status }: Pick<SchedulerRow, 'status'>): Status {
  return WORDS[status];
}

/** Rows of a date as runs, the newest first. */
export function runsOf(rows: readonly SchedulerRow[]): Run[] {
  const byRun = Map.groupBy(rows, ({ run_id }) => run_id);
  return [...byRun]
    .map(([id, batches]) => {
      const [first] = batches as [SchedulerRow, ...SchedulerRow[]];
      const ordered = batches.toSorted((a, b) => ORDER.indexOf(a.batch_name) - ORDER.indexOf(b.batch_name));
      return {
        id,
        status: statusOf(batches.map(wordOf)),
        trigger: first.trigger_type,
        by: first.requested_by,
        batches: ordered,
        newest: Math.max(...batches.map((row) => row.id)),
      };
    })
    .toSorted((a, b) => b.newest - a.newest)
    .map(({ newest: _, ...run }) => run);
}

/** The state of a run. The rule is that of the API's `etl_status`. */
export function statusOf(batches: readonly Status[]): Status {
  if (batches.includes('running')) return 'running';
  if (batches.includes('queued')) return batches.includes('completed') ? 'running' : 'queued';
  return batches.includes('failed') ? 'failed' : 'completed';
}

export const isActive = ({ status }: Pick<Run, 'status'>) => status === 'queued' || status === 'running';

export function barsOf(run: Run): BatchBar[] {
  return run.batches.map((row) => ({
    batch: row.batch_name,
    status: wordOf(row),
    attempt: row.attempt,
    queued_at: row.created_at,
    started_at: row.started_at,
    finished_at: row.finished_at,
  }));
}

/** The clocks of the gateway and of the database may differ by less than this. */
const CLOCKS_DIFFER_SECONDS = 10;

/** Whether the lease of a batch in progress has ended: its worker has stopped, and no other has taken it over. */
export function isSilent(row: Pick<SchedulerRow, 'status' | 'lease_until'>, answeredAt: string): boolean {
  if (wordOf(row) !== 'running' || row.lease_until === null) return false;
  return clockSeconds(answeredAt) - clockSeconds(row.lease_until) > CLOCKS_DIFFER_SECONDS;
}
