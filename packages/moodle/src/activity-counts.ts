import type { Day } from '@etl/core';
import { sql } from 'kysely';
import { requirePlan, timeIndex } from './indexes.ts';
import type { LogSlice } from './log-slices.ts';
import { type MoodleId, read, type Source, table } from './source.ts';

/** A course's rows of the log in a slice: all of them, and the views of activities by kind. */
export interface SliceCounts {
  /** NULL and 0 stand for no course. */
  courseid: MoodleId | null;
  /** Rows that are views of an activity, of any kind. */
  views: number;
  file_views: number;
  video_views: number;
  forum_views: number;
  quiz_views: number;
  assignment_views: number;
  url_views: number;
}

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
        COUNT(CASE WHEN component = 'mod_resource' THEN 1 END) AS file_views,
        COUNT(CASE WHEN component = 'mod_page' THEN 1 END) AS video_views,
        COUNT(CASE WHEN component = 'mod_forum' THEN 1 END) AS forum_views,
        COUNT(CASE WHEN component = 'mod_quiz' THEN 1 END) AS quiz_views,
        COUNT(CASE WHEN component = 'mod_assign' THEN 1 END) AS assignment_views,
        COUNT(CASE WHEN component = 'mod_url' THEN 1 END) AS url_views
      FROM ${table(source, 'logstore_standard_log')} FORCE INDEX (${sql.ref(index)})
      WHERE ${column} BETWEEN ${slice.from} AND ${slice.to}
        AND timecreated >= ${day.start} AND timecreated < ${day.end}
        AND contextlevel = 70 AND action = 'viewed'
      GROUP BY courseid
      ORDER BY NULL`;
  await requirePlan(source, index, statement, signal);
  return read(source, statement, signal);
}
