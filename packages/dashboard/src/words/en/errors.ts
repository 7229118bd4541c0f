import type { ApiError } from '../../api/client.ts';

/** What a person can do about each error. */
export const errors: Record<ApiError['code'], string> = {
  UNREACHABLE: 'The server cannot be reached. Check the connection.',
  UNREADABLE: 'The server gave an unknown answer.',
  INVALID_REQUEST: 'The address of this page has a wrong value.',
  UNAUTHORIZED: 'You are signed out. Sign in again.',
  FORBIDDEN: 'Only administrators may do this.',
  NOT_FOUND: 'It does not exist, or you may not read it.',
  RATE_LIMITED: 'Too many requests. Wait a minute, then try again.',
  DATABASE_UNAVAILABLE: 'The database cannot be reached. The figures are safe.',
  QUEUE_UNAVAILABLE: 'The queue cannot be reached. Figures can be read, runs cannot start.',
  SIGN_IN_UNAVAILABLE: 'The keys of sign-in cannot be read. Try again in a minute.',
  INTERNAL_ERROR: 'The server made a mistake. Its log has this request.',
  SETTINGS_DIFFER: 'The settings of this server differ from those of the figures.',
  SOURCE_PURGED: 'Moodle has deleted log rows of this date. The figures are kept.',
  ETL_ALREADY_RUNNING: 'A run of this date is already active.',
  ETL_WINDOW_EXPIRED: 'The time to run this date has passed.',
  ETL_PREREQUISITES_MISSING: 'The counts of this date have not finished.',
};
