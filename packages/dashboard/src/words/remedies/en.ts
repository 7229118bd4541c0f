import type { FailureCode } from '../../api/types.ts';

/** What a person does about each code. */
export const remedies: Record<FailureCode, string> = {
  CANCELLED: 'A person cancelled the run. Run the date again if its figures are needed.',
  COUNTS_FAILED:
    'The merge waited for a count that failed. Repair its cause, then run the failed batches again.',
  DAY_NOT_OVER:
    'A clock was wrong: the run started before its day had ended. Synchronize the clocks with NTP, then run the date again.',
  JOB_GIVEN_UP:
    'The workers of this batch died again and again. Read their log, then run the failed batches again.',
  ERROR: 'Read the message below. Repair its cause, then run the failed batches again.',
  UNKNOWN:
    'A process of an older version ended this batch. Its code appears here within an hour. Read the message below.',
  SOURCE_PURGED: 'Moodle has deleted log rows of this date. Nothing needs to be done: the figures are kept.',
  SETTINGS_DIFFER:
    'Time zone or roles differ from those of the stored figures. Compare them with “etl settings”, then run the date again.',
  ETL_WINDOW_EXPIRED: 'The run could not start in time. Run the date again.',
  ETL_ALREADY_RUNNING: 'Another run of this date was active. Wait for it to end.',
  ETL_PREREQUISITES_MISSING: 'The counts of this date had not finished. Run the whole date.',
  DATABASE_UNAVAILABLE:
    'A database could not be reached. Repair it; the schedule runs failed dates again within an hour.',
  QUEUE_UNAVAILABLE: 'Redis could not be reached. Repair it, then run the failed batches again.',
  SIGN_IN_UNAVAILABLE: 'The keys of sign-in could not be read. Check ETL_JWT_JWKS_URL.',
  INTERNAL_ERROR: 'The software made a mistake. Report it with the message below.',
  INVALID_REQUEST: 'The request was wrong. Run the date again.',
  UNAUTHORIZED: 'A sign-in was refused. Check the accounts in the configuration.',
  FORBIDDEN: 'An account lacks a right. Check the grants with “etl doctor”.',
  NOT_FOUND: 'Something that the run needs does not exist. Read the message below.',
  RATE_LIMITED: 'There were too many requests. Run the failed batches again.',
};
