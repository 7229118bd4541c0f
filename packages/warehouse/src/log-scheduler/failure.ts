import { ERROR_CODES } from '@etl/core';
import { sql } from 'kysely';

/**
 * Why a batch failed. A code of an `EtlError`, or:
 * - `CANCELLED`: a person cancelled the run.
 * - `DAY_NOT_OVER`: a process with a wrong clock started a scheduled run before its day had ended.
 * - `COUNTS_FAILED`: the batch is a merge, and a batch that it waits for failed.
 * - `JOB_GIVEN_UP`: the queue gave the job up, because its workers died again and again.
 * - `ERROR`: any other error. `Failure.why` says which.
 */
export const FAILURE_CODES = [
  ...ERROR_CODES,
  'CANCELLED',
  'DAY_NOT_OVER',
  'COUNTS_FAILED',
  'JOB_GIVEN_UP',
  'ERROR',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export interface Failure {
  /** What programs decide by: `log_scheduler.failure_code`. */
  code: FailureCode;
  /** For people: `log_scheduler.error_details`. */
  why: string;
}

/** A failure as a reader finds it. */
export interface RecordedFailure {
  /**
   * `UNKNOWN` until `fillFailureCodes` fills the code of a row that a process of a former version ended. Decide
   * nothing until then.
   */
  code: FailureCode | 'UNKNOWN';
  why: string;
}

/**
 * The code of a failed row. A process of a former version writes `finished_at` and `error_details`, but neither
 * `failure_code` nor `failed_at`: a code that is left from an earlier failure of the row must not count.
 */
export const failureCode = sql<FailureCode | 'UNKNOWN'>`
  CASE WHEN failed_at <=> finished_at AND failure_code IS NOT NULL THEN failure_code ELSE 'UNKNOWN' END`;
