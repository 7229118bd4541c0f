import { SCHEDULER_STATUS } from '@etl/core';
import type { BatchDetails } from '../details.ts';
import type { Failure } from '../failure.ts';
import { NOW, timestamps } from '../times.ts';

/** What a row ends with. */
export type Ending =
  | { kind: 'finished'; numrow: number; details: BatchDetails }
  | ({ kind: 'failed' } & Failure);

/** All columns of a row that ends. No other function writes them. */
export function endingColumns(ending: Ending) {
  const isFailed = ending.kind === 'failed';
  return {
    status: isFailed ? SCHEDULER_STATUS.failed : SCHEDULER_STATUS.finished,
    active_key: null,
    error_details: isFailed ? ending.why : null,
    failure_code: isFailed ? ending.code : null,
    ...timestamps({ finished_at: NOW, failed_at: isFailed ? NOW : null, lease_until: null }),
    ...(ending.kind === 'finished' && {
      offset: ending.numrow,
      numrow: ending.numrow,
      details: JSON.stringify(ending.details),
    }),
  };
}

/** The columns of a row that ends as failed. */
export function failureColumns(failure: Failure) {
  return endingColumns({ kind: 'failed', ...failure });
}
