import type { Day } from '@etl/core';
import { sql } from 'kysely';
import { forceIndex } from './indexes.ts';
import { read, type Source, table } from './source.ts';

/** Where the log rows of a day lie. */
export interface LogStretch {
  /** Rows of the day, of every kind. */
  rows: number;
  /** The smallest and the largest id among them; both 0 where there are none. */
  firstId: number;
  lastId: number;
}

/** Finds the day's stretch of the log by the index on `timecreated`, without reading the table. */
export async function logStretch(source: Source, day: Day, signal: AbortSignal): Promise<LogStretch> {
  const index = await forceIndex(source, 'logstore_standard_log', ['timecreated'], signal);
  const [found] = await read(
    source,
    sql<{ rows_found: number; first_id: number | null; last_id: number | null }>`
      SELECT COUNT(*) AS rows_found, MIN(id) AS first_id, MAX(id) AS last_id
      FROM ${table(source, 'logstore_standard_log')} ${index}
      WHERE timecreated >= ${day.start} AND timecreated < ${day.end}`,
    signal,
  );
  const stretch = {
    rows: found?.rows_found ?? 0,
    firstId: found?.first_id ?? 0,
    lastId: found?.last_id ?? 0,
  };
  // Slices are cut by calculating with ids, and beyond 2^53 a number would be rounded.
  if (!Number.isSafeInteger(stretch.firstId) || !Number.isSafeInteger(stretch.lastId)) {
    throw new RangeError(
      `The log's ids (${stretch.firstId} to ${stretch.lastId}) are beyond what can be sliced`,
    );
  }
  return stretch;
}
