import type { Day } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import { requirePlan, timeIndex } from './indexes.ts';
import { read, type Source, table } from './source.ts';

/** Where the log rows of a day lie. */
export interface LogIdRange {
  /** Rows of the day, of every kind. */
  rows: number;
  /** The smallest and the largest id among them; both 0 where there are none. */
  firstId: number;
  lastId: number;
}

interface Bounds {
  rows_found: number;
  first_id: number | null;
  last_id: number | null;
}

/**
 * Finds the day's stretch of the log by the index on `timecreated`, without reading the table. Throws ScanRefused where there is no
 * such index.
 */
export async function logIdRange(source: Source, day: Day, signal: AbortSignal): Promise<LogIdRange> {
  const [found] = await read(source, await boundsOf(source, day, signal), signal);
  const idRange = {
    rows: found?.rows_found ?? 0,
    firstId: found?.first_id ?? 0,
    lastId: found?.last_id ?? 0,
  };
  // Slices are cut by calculating with ids, and beyond 2^53 a number would be rounded.
  if (!Number.isSafeInteger(idRange.firstId) || !Number.isSafeInteger(idRange.lastId)) {
    throw new RangeError(
      `The log's ids (${idRange.firstId} to ${idRange.lastId}) are beyond what can be sliced`,
    );
  }
  return idRange;
}

/** Throws ScanRefused where the log lacks the index without which no day can be extracted. For the start of a process. */
export async function checkLogPlan(source: Source, signal: AbortSignal): Promise<void> {
  await boundsOf(source, { start: 0, end: 1 }, signal);
}

async function boundsOf(
  source: Source,
  day: Pick<Day, 'start' | 'end'>,
  signal: AbortSignal,
): Promise<RawBuilder<Bounds>> {
  const index = await timeIndex(source, signal);
  const statement = sql<Bounds>`
    SELECT COUNT(*) AS rows_found, MIN(id) AS first_id, MAX(id) AS last_id
    FROM ${table(source, 'logstore_standard_log')} FORCE INDEX (${sql.ref(index)})
    WHERE timecreated >= ${day.start} AND timecreated < ${day.end}`;
  await requirePlan(source, index, statement, signal);
  return statement;
}
