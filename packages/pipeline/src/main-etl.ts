import { type CourseReason, totalViews } from '@etl/core';
import {
  type Category,
  type Course,
  categories,
  countCourses,
  coursesAfter,
  type MoodleId,
  onSourceSnapshot,
} from '@etl/moodle';
import {
  activityCountsOf,
  type CompletedBatch,
  type LeftOutCourse,
  onSnapshot,
  recordRestatement,
  replaceCourseCategories,
  replaceLeftOutCourses,
  replaceUserActivity,
  rowsToMerge,
  type UserActivity,
  userCountsOf,
  writeDayPart,
} from '@etl/warehouse';
import type { BatchContext, BatchFunction } from './batch.ts';
import type { LoadedCounts } from './counts-cache.ts';
import { ledgerOf, requireClosed } from './day-ledger.ts';
import { categoryOrReason, leaveOutCourse, leaveOutDeleted, mergeCourse } from './merge-course.ts';
import { pages } from './pages.ts';

/**
 * Merges a day's activity counts and user counts with the current courses and categories. Progress is in visible
 * courses. Throws ETL_PREREQUISITES_MISSING.
 */
export const mainEtl: BatchFunction = async ({ day, runId, schedulerId }, context) => {
  const { settings } = context;
  const counts = await readCounts(context, day.date, runId);
  const { courses, tree, rows, leftOut } = await mergeCourses(context, counts);
  const ledger = ledgerOf(counts.logRows, counts.views, leftOut);
  const without = (wanted: CourseReason) => leftOut.filter(({ reason }) => reason === wanted).length;
  return {
    numrow: courses.visible,
    findings: {
      rows: {
        read: courses.all,
        counted: rows.length,
        left_out: {
          hidden: without('course_hidden'),
          without_category: without('without_category'),
          category_without_idnumber: without('category_without_idnumber'),
        },
      },
      activity_counts_row: counts.activityRow,
      ...(counts.logRows && { log_rows: counts.logRows.read }),
      ...(ledger && { ledger }),
      loaded: rows.length,
      provisional: counts.provisional,
      user_counts_as_of: counts.userCountsAsOf,
      time_zone: counts.timeZone,
      ...(counts.roles && { roles: counts.roles }),
    },
    load: async (trx) => {
      const replaced = await replaceUserActivity(trx, day.date, rows, settings.mergeBatchSize);
      if (ledger) await requireClosed(trx, day.date, ledger);
      const merge = { date: day.date, schedulerId, rows, smallBelow: settings.smallBelow };
      await recordRestatement(trx, { ...merge, runId, replaced, counts });
      await writeDayPart(trx, merge);
      // Last, because the merges of all dates lock these rows: from here on, one merge at a time.
      await replaceCourseCategories(trx, tree);
      await replaceLeftOutCourses(trx, day.date, leftOut);
    },
  };
};

/** Moodle's courses now, on one snapshot: each has a merged row, or is left out. So are deleted ones with counts. */
async function mergeCourses(
  { source, signal, settings, progress }: BatchContext,
  { activity, users }: Counts,
): Promise<{
  courses: { all: number; visible: number };
  tree: Category[];
  rows: UserActivity[];
  leftOut: LeftOutCourse[];
}> {
  const rows: UserActivity[] = [];
  const leftOut: LeftOutCourse[] = [];
  const viewsOf = (id: MoodleId) => {
    const counted = activity.get(id);
    return counted ? totalViews(counted) : 0;
  };
  return onSourceSnapshot(source, signal, async (snapshot) => {
    const tree = await categories(snapshot, signal);
    const categoryOf = new Map(tree.map((category) => [category.id, category]));
    const courses = await countCourses(snapshot, signal);
    const deleted = new Set(activity.keys());
    let visible = 0;
    await progress(visible, courses.visible);
    for await (const page of pages(
      (last: Course | undefined) => coursesAfter(snapshot, last?.id ?? -1, settings.mergeBatchSize, signal),
      settings.mergeBatchSize,
    )) {
      for (const course of page) {
        deleted.delete(course.id);
        const found = categoryOrReason(course, categoryOf);
        if (typeof found === 'string') leftOut.push(leaveOutCourse(course, found, viewsOf(course.id)));
        else rows.push(mergeCourse(course, found, activity.get(course.id), users.get(course.id)));
        visible += course.visible === 1 ? 1 : 0;
      }
      await progress(visible, courses.visible);
    }
    for (const id of deleted) leftOut.push(leaveOutDeleted(id, viewsOf(id)));
    return { courses, tree, rows, leftOut };
  });
}

type Counts = Awaited<ReturnType<typeof readCounts>>;

/**
 * Both counts of a day and the findings about them, read on one snapshot. Counts that this run has just loaded from
 * this process are cached, and are not read.
 */
async function readCounts({ warehouse, cache }: BatchContext, date: string, runId: string) {
  return onSnapshot(warehouse, async (snapshot) => {
    const merged = await rowsToMerge(snapshot, date, runId);
    const ofThisRun = <Row>(loaded: LoadedCounts<Row>, completed: CompletedBatch) =>
      completed.run_id === runId ? loaded.of(completed) : undefined;
    const activity =
      ofThisRun(cache.activity, merged.activity_counts) ?? (await activityCountsOf(snapshot, date));
    const users = ofThisRun(cache.users, merged.user_counts) ?? (await userCountsOf(snapshot, date));
    const { rows: logRows } = merged.activity_counts.details;
    // A former version may have counted the date again: it leaves the column as it was.
    const isOtherKnown = logRows?.left_out.other_module !== undefined;
    return {
      activity: new Map(
        activity.map((counts) => [counts.courseid, isOtherKnown ? counts : { ...counts, other_views: null }]),
      ),
      views: activity.reduce((sum, counts) => sum + totalViews(counts), 0),
      users: new Map(users.map((counts) => [counts.courseid, counts])),
      provisional: merged.activity_counts.details.provisional ?? false,
      logRows,
      activityRow: merged.activity_counts.id,
      timeZone: merged.activity_counts.details.time_zone,
      isForced: merged.activity_counts.details.force ?? false,
      roles: merged.user_counts.details.roles,
      userCountsAsOf: merged.user_counts.details.user_counts_as_of ?? merged.user_counts.started_at ?? '',
    };
  });
}
