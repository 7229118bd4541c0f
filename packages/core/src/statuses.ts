/** The status codes of `log_scheduler`. */
export const SCHEDULER_STATUS = { finished: 1, inProgress: 2, failed: 3, queued: 4 } as const;
export type SchedulerStatus = (typeof SCHEDULER_STATUS)[keyof typeof SCHEDULER_STATUS];

/** The status in words, as the API shows it; `not_started` if there is no row. */
export type EtlStatus = 'not_started' | 'queued' | 'running' | 'completed' | 'failed';

const WORDS: Record<SchedulerStatus, StatusOfRow> = {
  1: 'completed',
  2: 'running',
  3: 'failed',
  4: 'queued',
};

/** The states that a row of `log_scheduler` can have, in words. */
export const STATUSES_OF_ROWS = [
  'queued',
  'running',
  'completed',
  'failed',
] as const satisfies readonly EtlStatus[];
export type StatusOfRow = (typeof STATUSES_OF_ROWS)[number];

const CODES: Record<StatusOfRow, SchedulerStatus> = {
  queued: SCHEDULER_STATUS.queued,
  running: SCHEDULER_STATUS.inProgress,
  completed: SCHEDULER_STATUS.finished,
  failed: SCHEDULER_STATUS.failed,
};

export function statusCode(status: StatusOfRow): SchedulerStatus {
  return CODES[status];
}

export function statusInWords(status: SchedulerStatus): StatusOfRow {
  return WORDS[status];
}

/**
 * The status of a run, from those of its batches. A run with completed and queued batches is running. A run has
 * failed when a batch has failed and no batch is queued or running.
 */
export function runStatus(batches: readonly EtlStatus[]): EtlStatus {
  const any = (status: EtlStatus) => batches.includes(status);
  if (batches.length === 0) return 'not_started';
  if (any('running')) return 'running';
  if (any('queued')) return any('completed') ? 'running' : 'queued';
  return any('failed') ? 'failed' : 'completed';
}
