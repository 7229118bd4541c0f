import { ConfigError, type ErrorCode, EtlError } from '@etl/core';

export const EXIT = { completed: 0, failed: 1, usage: 2, refused: 3 } as const;

const REFUSALS: readonly ErrorCode[] = [
  'ETL_ALREADY_RUNNING',
  'ETL_WINDOW_EXPIRED',
  'ETL_PREREQUISITES_MISSING',
  'SOURCE_PURGED',
  'SETTINGS_DIFFER',
];

/** The exit code of an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.usage;
  if (!(error instanceof EtlError)) return EXIT.failed;
  if (REFUSALS.includes(error.code)) return EXIT.refused;
  return ['INVALID_REQUEST', 'NOT_FOUND'].includes(error.code) ? EXIT.usage : EXIT.failed;
}
