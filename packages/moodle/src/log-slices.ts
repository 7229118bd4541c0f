import type { Day } from '@etl/core';
import type { LogIdRange } from './log-id-range.ts';

/** A piece of a day's log, small enough to be read by one short statement. Bounds are inclusive. */
export type LogSlice =
  /** By primary key: the fast way. */
  | { by: 'id'; from: number; to: number }
  /** By `timecreated`, in epoch seconds: the way that never reads more than the day. */
  | { by: 'time'; from: number; to: number };

/**
 * Some 0.15 s of the server's time each: short enough to stop soon and to react to the source's load, long enough that
 * the round trip and a record for each course hardly count. Measured: see docs/benchmarks.md.
 */
export const ROWS_PER_SLICE = 250_000;

/**
 * A day is nearly one stretch of the primary key. A few stray ids (a restored course keeps its old times) can make that
 * stretch far wider than the day, and from here on the index on time is cheaper.
 */
const WIDEST_ID_RANGE = 4;

/** Cuts a day into slices of some `rowsPerSlice` rows that together hold each of its rows exactly once. */
export function sliceLog(day: Day, idRange: LogIdRange, rowsPerSlice: number): LogSlice[] {
  if (idRange.rows === 0) return [];
  const width = idRange.lastId - idRange.firstId + 1;
  if (width <= Math.max(idRange.rows * WIDEST_ID_RANGE, rowsPerSlice)) {
    const pieces = Math.ceil(width / rowsPerSlice);
    return cut(idRange.firstId, idRange.lastId, pieces).map((piece) => ({ by: 'id', ...piece }));
  }
  const seconds = day.end - day.start;
  const pieces = Math.min(Math.ceil(idRange.rows / rowsPerSlice), seconds);
  return cut(day.start, day.end - 1, pieces).map((piece) => ({ by: 'time', ...piece }));
}

/** Cuts the whole numbers `first`…`last` into pieces of nearly the same size. */
function cut(first: number, last: number, pieces: number): { from: number; to: number }[] {
  const size = Math.ceil((last - first + 1) / pieces);
  const cuts = [];
  for (let from = first; from <= last; from += size) {
    cuts.push({ from, to: Math.min(from + size - 1, last) });
  }
  return cuts;
}
