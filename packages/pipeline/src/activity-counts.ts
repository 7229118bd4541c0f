import { type Day, dayOf, EtlError, perViewKind, totalViews, VIEW_COLUMNS } from '@etl/core';
import {
  activityCountsIn,
  type LogIdRange,
  logIdRange,
  type MoodleId,
  onSourceSnapshot,
  type SliceCounts,
  sliceLog,
  waitForLowLoad,
} from '@etl/moodle';
import {
  type ActivityCounts,
  completedRow,
  PHP_VIEW_COLUMNS,
  replaceActivityCounts,
  type Warehouse,
} from '@etl/warehouse';
import type { BatchContext, BatchFunction } from './batch.ts';

/**
 * The views of each course on a day, by kind. Progress is in rows of the day's log. Throws SOURCE_PURGED if the log
 * has fewer rows of the day than an earlier run has read, unless `force` is set.
 */
export const activityCounts: BatchFunction = async (input, context) => {
  const { day, startedAt, force } = input;
  const before = force ? undefined : await extractedBefore(context.warehouse, day);
  const { idRange, totals } = await countDay(day, before, context);
  if (before?.phpViews !== undefined) requireNoLoss(before.phpViews, totals.phpViews, 'views');

  const rows = totals.rows();
  return {
    numrow: idRange.rows,
    findings: {
      rows: {
        read: idRange.rows,
        counted: totals.counted,
        left_out: {
          not_an_activity_view: idRange.rows - totals.views - totals.withoutCourse,
          no_course: totals.withoutCourse,
          other_module: totals.views - totals.counted,
        },
      },
      loaded: rows.length,
      provisional: startedAt < day.end,
    },
    load: (trx) => replaceActivityCounts(trx, day.date, rows, context.settings.batchSize),
    committed: () => context.cache.activity.keep(input, rows),
  };
};

/** What an earlier run has read: the day, perhaps in another zone, and the number of its log rows. */
interface Extracted {
  day: Day;
  rows: number;
  /**
   * Set if the PHP system extracted the day. It recorded no number of rows, but there were at least as many rows as
   * views.
   */
  phpViews?: number;
}

async function extractedBefore(warehouse: Warehouse, day: Day): Promise<Extracted | undefined> {
  const extracted = await completedRow(warehouse, 'activity_counts', day.date);
  // A run always replaces provisional figures.
  if (!extracted || extracted.details.provisional) return undefined;
  const { adopted, time_zone, rows: { read, counted } = { read: 0, counted: 0 } } = extracted.details;
  return adopted
    ? { day, rows: counted, phpViews: counted }
    : { day: dayOf(day.date, time_zone), rows: read };
}

function requireNoLoss(before: number, now: number, what: 'log rows' | 'views'): void {
  if (now >= before) return;
  const { message } = new EtlError('SOURCE_PURGED');
  throw new EtlError(
    'SOURCE_PURGED',
    `${message} (${now} of ${before} ${what} are left; use force to extract them anyway)`,
  );
}

/**
 * Counts a day on one snapshot of the log: all its rows are of one moment, although Moodle writes and deletes rows
 * meanwhile.
 */
async function countDay(
  day: Day,
  before: Extracted | undefined,
  { source, signal, settings, progress }: BatchContext,
): Promise<{ idRange: LogIdRange; totals: Totals }> {
  return onSourceSnapshot(source, signal, async (snapshot) => {
    const idRange = await logIdRange(snapshot, day, signal);
    if (before) {
      const isSameDay = before.day.start === day.start && before.day.end === day.end;
      const { rows } = isSameDay ? idRange : await logIdRange(snapshot, before.day, signal);
      requireNoLoss(before.rows, rows, 'log rows');
    }
    await progress(0, idRange.rows);

    const totals = new Totals();
    const slices = sliceLog(day, idRange, settings.rowsPerSlice);
    for (const [index, slice] of slices.entries()) {
      await waitForLowLoad(snapshot, signal);
      totals.add(await activityCountsIn(snapshot, day, slice, signal));
      await progress(Math.floor((idRange.rows * (index + 1)) / slices.length), idRange.rows);
    }
    return { idRange, totals };
  });
}

/** The sums of slices, by course. Memory grows with the courses, not with the log. */
class Totals {
  /** Views of all modules in a course. */
  views = 0;
  /** Those that are of a kind. */
  counted = 0;
  /** Views of the kinds that the PHP system counted: views of later kinds must not hide lost ones. */
  phpViews = 0;
  withoutCourse = 0;
  readonly #byCourse = new Map<MoodleId, CourseTotal>();

  add(slice: readonly SliceCounts[]): void {
    for (const counted of slice) {
      const { courseid, views } = counted;
      if (courseid === null || courseid === 0) {
        this.withoutCourse += views;
        continue;
      }
      const ofKinds = totalViews(counted);
      this.views += views;
      this.counted += ofKinds;
      for (const column of PHP_VIEW_COLUMNS) this.phpViews += counted[column];
      const total = this.#byCourse.get(courseid);
      if (total) {
        for (const column of VIEW_COLUMNS) total[column] += counted[column];
        total.other_views += views - ofKinds;
      } else this.#byCourse.set(courseid, firstCounts(courseid, counted, views - ofKinds));
    }
  }

  rows(): ActivityCounts[] {
    return [...this.#byCourse.values()];
  }
}

type CourseTotal = ActivityCounts & { other_views: number };

function firstCounts(courseid: MoodleId, counted: SliceCounts, other_views: number): CourseTotal {
  const views = perViewKind(({ column }) => counted[column]);
  // The course has a view on this day, so the day is one active day.
  return { courseid, ...views, active_days: 1, other_views };
}
