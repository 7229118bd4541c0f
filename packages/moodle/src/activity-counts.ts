import { type Day, VIEW_KINDS, type ViewCounts } from '@etl/core';
import { sql } from 'kysely';
import { requirePlan, timeIndex } from './indexes.ts';
import type { LogSlice } from './log-slices.ts';
import { type MoodleId, read, type Source, table } from './source.ts';

/** The views of a course in a slice of the log. */
export interface SliceCounts extends ViewCounts {
  /** NULL and 0 mean no course. */
  courseid: MoodleId | null;
  /** Views of activities, with and without a kind. */
  views: number;
}

const COUNTS = sql.join(
  VIEW_KINDS.map(
    ({ column, component }) =>
      sql`COUNT(CASE WHEN component = ${sql.lit(component)} THEN 1 END) AS ${sql.ref(column)}`,
  ),
);

/**
 * Counts the views in a slice of a day's log, by course. A view is a row with `contextlevel` 70 (an activity) and
 * `action` viewed. Its component decides its kind (`VIEW_KINDS`). The conditions are in the order in which the server
 * checks each row: those that exclude most come first. Throws ScanRefused.
 */
export async function activityCountsIn(
  source: Source,
  day: Day,
  slice: LogSlice,
  signal: AbortSignal,
): Promise<SliceCounts[]> {
  const index = slice.by === 'id' ? 'PRIMARY' : await timeIndex(source, signal);
  const column = sql.ref(slice.by === 'id' ? 'id' : 'timecreated');
  const statement = sql<SliceCounts>`
      SELECT
        courseid,
        COUNT(*) AS views,
        ${COUNTS}
      FROM ${table(source, 'logstore_standard_log')} FORCE INDEX (${sql.ref(index)})
      WHERE ${column} BETWEEN ${slice.from} AND ${slice.to}
        AND contextlevel = 70 AND action = 'viewed'
        AND timecreated BETWEEN ${day.start} AND ${day.end - 1}
      GROUP BY courseid
      ORDER BY NULL`;
  await requirePlan(source, index, statement, signal);
  return read(source, statement, signal);
}
