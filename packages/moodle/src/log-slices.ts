import type { Day } from '@etl/core';
import type { LogIdRange } from './log-id-range.ts';

/** A piece of a day's log that one short statement can read. Bounds are inclusive. */
export type LogSlice =
  /** By primary key, which is faster. */
  | { by: 'id'; from: number; to: number }
  /** By `timecreated`, in epoch seconds. It reads no rows of other days. */
  | { by: 'time'; from: number; to: number };

/**
 * A slice takes about 0.15 s of the server's time (docs/benchmarks.md). A batch can stop or throttle soon, and the
 * cost of a round trip and of a record for each course is small.
 */
export const ROWS_PER_SLICE = 250_000;

/**
 * A day's id range has usually little more ids than the day has rows. Rows of a restored course keep their old times
 * and can make the range far wider. From this factor on, the index on time is cheaper.
 */
const WIDEST_ID_RANGE = 4;

/** Cuts a day into slices of about `rowsPerSlice` rows. Each row of the day is in exactly one slice. */
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

/** Cuts the integers from `first` to `last` into pieces of nearly the same size. */
function cut(first: number, last: number, pieces: number): { from: number; to: number }[] {
  const size = Math.ceil((last - first + 1) / pieces);
  const cuts = [];
  for (let from = first; from <= last; from += size) {
    cuts.push({ from, to: Math.min(from + size - 1, last) });
  }
  return cuts;
}
