import type { Day } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import { requirePlan, timeIndex } from './indexes.ts';
import { read, type Source, table } from './source.ts';

/** The id range of a day: where its log rows are. */
export interface LogIdRange {
  /** All log rows of the day. */
  rows: number;
  /** The smallest and the largest of their ids; both 0 if the day has no rows. */
  firstId: number;
  lastId: number;
}

interface Bounds {
  rows_found: number;
  first_id: number | null;
  last_id: number | null;
}

/**
 * Finds the day's id range in the index on `timecreated`, without reading the table. Throws ScanRefused if that index
 * is missing.
 */
export async function logIdRange(source: Source, day: Day, signal: AbortSignal): Promise<LogIdRange> {
  const [found] = await read(source, await boundsOf(source, day, signal), signal);
  const idRange = {
    rows: found?.rows_found ?? 0,
    firstId: found?.first_id ?? 0,
    lastId: found?.last_id ?? 0,
  };
  // Slices are computed from ids as numbers, which are exact up to 2^53.
  if (!Number.isSafeInteger(idRange.firstId) || !Number.isSafeInteger(idRange.lastId)) {
    throw new RangeError(
      `The log's ids (${idRange.firstId} to ${idRange.lastId}) are larger than 2^53: the log cannot be sliced`,
    );
  }
  return idRange;
}

/** Throws ScanRefused if the log lacks the index that every extraction needs. A process calls this when it starts. */
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
