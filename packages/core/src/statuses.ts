/** The status codes of `log_scheduler`. */
export const SCHEDULER_STATUS = { finished: 1, inProgress: 2, failed: 3, queued: 4 } as const;
export type SchedulerStatus = (typeof SCHEDULER_STATUS)[keyof typeof SCHEDULER_STATUS];

/** The same in words, for people and programs; `not_started` where there is no row. */
export type EtlStatus = 'not_started' | 'queued' | 'running' | 'completed' | 'failed';

const WORDS: Record<SchedulerStatus, EtlStatus> = { 1: 'completed', 2: 'running', 3: 'failed', 4: 'queued' };

export function statusInWords(status: SchedulerStatus): EtlStatus {
  return WORDS[status];
}

/**
 * The status of a run from those of its batches. A run with some batches done and others waiting is running; it is
 * failed once nothing of it moves any more and something failed.
 */
export function runStatus(batches: readonly EtlStatus[]): EtlStatus {
  const any = (status: EtlStatus) => batches.includes(status);
  if (batches.length === 0) return 'not_started';
  if (any('running')) return 'running';
  if (any('queued')) return any('completed') ? 'running' : 'queued';
  return any('failed') ? 'failed' : 'completed';
}
