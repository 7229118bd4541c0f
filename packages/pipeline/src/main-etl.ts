import { type Course, categories, countCourses, onSourceSnapshot, visibleCoursesAfter } from '@etl/moodle';
import {
  activityCountsOf,
  type CompletedBatch,
  onSnapshot,
  replaceCourseCategories,
  replaceUserActivity,
  rowsToMerge,
  type UserActivity,
  userCountsOf,
  writeDayPart,
} from '@etl/warehouse';
import type { BatchContext, BatchFunction } from './batch.ts';
import type { LoadedCounts } from './counts-cache.ts';
import { mergeCourse } from './merge-course.ts';
import { pages } from './pages.ts';

/**
 * Merges a day's activity counts and user counts with the current courses and categories. Progress is in visible
 * courses. Throws ETL_PREREQUISITES_MISSING.
 */
export const mainEtl: BatchFunction = async ({ day, runId, schedulerId }, context) => {
  const { signal, settings } = context;
  const counts = await readCounts(context, day.date, runId);

  const rows: UserActivity[] = [];
  const leftOut = { hidden: 0, without_category: 0, category_without_idnumber: 0 };
  const read = await onSourceSnapshot(context.source, signal, async (source) => {
    const tree = await categories(source, signal);
    const categoryOf = new Map(tree.map((category) => [category.id, category]));
    const courses = await countCourses(source, signal);
    leftOut.hidden = courses.all - courses.visible;
    let done = 0;
    await context.progress(done, courses.visible);
    for await (const page of pages(
      (last: Course | undefined) =>
        visibleCoursesAfter(source, last?.id ?? -1, settings.mergeBatchSize, signal),
      settings.mergeBatchSize,
    )) {
      for (const course of page) {
        const category = categoryOf.get(course.category);
        if (!category) leftOut.without_category += 1;
        else if (category.idnumber === null) leftOut.category_without_idnumber += 1;
        else {
          const { activity, users } = counts;
          rows.push(
            mergeCourse(
              course,
              { ...category, idnumber: category.idnumber },
              activity.get(course.id),
              users.get(course.id),
            ),
          );
        }
      }
      done += page.length;
      await context.progress(done, courses.visible);
    }
    return { tree, courses };
  });
  return {
    numrow: read.courses.visible,
    findings: {
      rows: { read: read.courses.all, counted: rows.length, left_out: leftOut },
      ...(counts.logRows !== undefined && { log_rows: counts.logRows }),
      loaded: rows.length,
      provisional: counts.provisional,
      user_counts_as_of: counts.userCountsAsOf,
      time_zone: counts.timeZone,
      ...(counts.roles && { roles: counts.roles }),
    },
    load: async (trx) => {
      await replaceUserActivity(trx, day.date, rows, settings.mergeBatchSize);
      await writeDayPart(trx, { date: day.date, schedulerId, rows });
      // Last, because the merges of all dates lock these rows.
      await replaceCourseCategories(trx, read.tree);
    },
  };
};

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
    return {
      activity: new Map(activity.map((counts) => [counts.courseid, counts])),
      users: new Map(users.map((counts) => [counts.courseid, counts])),
      provisional: merged.activity_counts.details.provisional ?? false,
      logRows: merged.activity_counts.details.rows?.read,
      timeZone: merged.activity_counts.details.time_zone,
      roles: merged.user_counts.details.roles,
      userCountsAsOf: merged.user_counts.details.user_counts_as_of ?? merged.user_counts.started_at ?? '',
    };
  });
}
