import { type Day, VIEW_KINDS, type ViewCounts } from '@etl/core';
import { sql } from 'kysely';
import { requirePlan, timeIndex } from './indexes.ts';
import type { LogSlice } from './log-slices.ts';
import { type MoodleId, read, type Source, table } from './source.ts';

/** A course's rows of the log in a slice: all of them, and the views of activities by kind. */
export interface SliceCounts extends ViewCounts {
  /** NULL and 0 stand for no course. */
  courseid: MoodleId | null;
  /** Rows that are views of an activity, of any kind. */
  views: number;
}

const COUNTS = sql.join(
  VIEW_KINDS.map(
    ({ column, component }) =>
      sql`COUNT(CASE WHEN component = ${sql.lit(component)} THEN 1 END) AS ${sql.ref(column)}`,
  ),
);

/**
 * Counts the views in a slice of a day's log, by course. A view is `contextlevel` 70 (an activity) and `action` viewed;
 * its kind is its component: mod_resource a file, mod_page a video, and forum, quiz, assignment and URL by their names. Throws
 * ScanRefused.
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
        AND timecreated >= ${day.start} AND timecreated < ${day.end}
        AND contextlevel = 70 AND action = 'viewed'
      GROUP BY courseid
      ORDER BY NULL`;
  await requirePlan(source, index, statement, signal);
  return read(source, statement, signal);
}
