import { EtlError } from '@etl/core';
import type { Selectable } from 'kysely';
import { completedRow } from '../log-scheduler/newest-completed.ts';
import type { LogSchedulerRow } from '../log-scheduler/rows.ts';
import { literalId } from '../reports/course-rows.ts';
import type { LeftOutCoursesTable } from '../restatement-tables.ts';
import {
  hasCategory,
  hasRow,
  type Scope,
  showsLeftOutViews,
  visibleLeftOutCourses,
  visibleUserActivity,
} from '../scope.ts';
import type { MoodleId, UserActivityTable } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import {
  recordsAll,
  tellsReason,
  tellsReasons,
  type WhyNotCounted,
  whyNotLeftOut,
} from './why-not-counted.ts';

type MergedRow = Selectable<UserActivityTable>;

/** A course without a row of a date. */
export interface NotCounted {
  reason: WhyNotCounted;
  /** Its views of all kinds, which are in no figure. Null if they are not recorded, or are withheld. */
  views: number | null;
  /** As the merge found it. */
  categoryId: MoodleId | null;
  /** As the merge found them; else of its newest row. */
  names: Pick<MergedRow, 'id_number' | 'course_name' | 'course_shortname'>;
  /** The newest date of which it has a row that the reader may see. */
  lastDate: string | null;
}

/** What the warehouse has of a course and date: its merged row, or why there is none. */
export interface CourseOnDate {
  merge: LogSchedulerRow;
  row: MergedRow | undefined;
  notCounted: NotCounted | undefined;
}

/**
 * A course on a date, on one snapshot. Throws NOT_FOUND if no merge of the date has completed, or the reader can see no
 * such course. The error is the same whether the course exists or not.
 */
export async function courseOnDate(
  snapshot: Warehouse,
  scope: Scope,
  date: string,
  course: string,
): Promise<CourseOnDate> {
  const merge = await completedRow(snapshot, 'main_etl', date);
  if (!merge) throw new EtlError('NOT_FOUND', `No run of ${date} has completed`);
  const found = await mergedRow(snapshot, date, course);
  const row = found && hasRow(scope, found) ? found : undefined;
  const notCounted = found ? undefined : await whyNotCounted(snapshot, scope, merge, course);
  if (!row && !notCounted) throw new EtlError('NOT_FOUND', `There is no course ${course} that you can read`);
  return { merge, row: row && { ...row, ...(!recordsAll(merge) && { other_views: null }) }, notCounted };
}

/** Whatever the reader can see: an answer needs `hasRow`. */
function mergedRow(snapshot: Warehouse, date: string, course: string) {
  return visibleUserActivity(snapshot, 'everything')
    .selectAll('activity')
    .where('moodle_course_id', '=', literalId(course))
    .where('extraction_date', '=', date)
    .executeTakeFirst();
}

/** Undefined if the reader can see no such course. */
async function whyNotCounted(
  snapshot: Warehouse,
  scope: Scope,
  merge: LogSchedulerRow,
  course: string,
): Promise<NotCounted | undefined> {
  if (!(await tellsReasons(snapshot, scope, merge.extraction_date))) return undefined;
  const stored = await leftOutCourse(snapshot, merge, course);
  const leftOut = stored && tellsReason(scope, stored.reason) ? stored : undefined;
  if (!(await isOwn(snapshot, scope, course, leftOut))) return undefined;
  const newest = await newestRowOf(snapshot, scope, course);
  return {
    reason: leftOut?.reason ?? (await whyNotLeftOut(snapshot, merge)),
    views: showsLeftOutViews(scope) ? (leftOut?.views ?? (recordsAll(merge) ? 0 : null)) : null,
    categoryId: leftOut?.category_id ?? null,
    names: namesOf(leftOut, newest),
    lastDate: newest?.extraction_date ?? null,
  };
}

/**
 * Whether a course without a row is within the scope, by the category in which the merge left it out. If that is not
 * known, the course belongs to those who can see the newest of all its rows: another row can be of a category that it
 * has left.
 */
async function isOwn(
  snapshot: Warehouse,
  scope: Scope,
  course: string,
  leftOut: Selectable<LeftOutCoursesTable> | undefined,
): Promise<boolean> {
  const category = leftOut?.reason === 'without_category' ? 0 : (leftOut?.category_id ?? 0);
  if (Number(category) !== 0) return hasCategory(scope, category);
  const newest = await newestRowOf(snapshot, 'everything', course);
  return (leftOut ?? newest) !== undefined && ownsCourse(scope, newest);
}

/** Whether a course that has no category now is within the scope, by the newest of all its rows. */
export function ownsCourse(scope: Scope, newest: MergedRow | undefined): boolean {
  return newest ? hasRow(scope, newest) : scope === 'everything';
}

/** The newest row of a course that the reader may see. */
async function newestRowOf(
  snapshot: Warehouse,
  scope: Scope,
  course: string,
): Promise<MergedRow | undefined> {
  return (await newestRowsOf(snapshot, scope, [course])).get(course);
}

/** The newest rows of courses that the reader may see, by the course's id as text. */
export async function newestRowsOf(
  snapshot: Warehouse,
  scope: Scope,
  courses: readonly MoodleId[],
): Promise<Map<string, MergedRow>> {
  if (courses.length === 0) return new Map();
  const ids = courses.map((course) => literalId(String(course)));
  const newest = visibleUserActivity(snapshot, scope)
    .select((of) => ['moodle_course_id as course', of.fn.max('extraction_date').as('date')])
    .where('moodle_course_id', 'in', ids)
    .groupBy('moodle_course_id')
    .as('newest');
  const rows = await visibleUserActivity(snapshot, scope)
    .selectAll('activity')
    .innerJoin(newest, (on) =>
      on
        .onRef('newest.course', '=', 'activity.moodle_course_id')
        .onRef('newest.date', '=', 'activity.extraction_date'),
    )
    .execute();
  return new Map(rows.map((row) => [String(row.moodle_course_id), row]));
}

/** Not only those of a scope: `isOwn` decides who may see it. */
async function leftOutCourse(snapshot: Warehouse, merge: LogSchedulerRow, course: string) {
  if (!recordsAll(merge)) return undefined;
  return visibleLeftOutCourses(snapshot, 'everything')
    .selectAll('left_out')
    .where('extraction_date', '=', merge.extraction_date)
    .where('moodle_course_id', '=', literalId(course))
    .executeTakeFirst();
}

function namesOf(
  leftOut: Selectable<LeftOutCoursesTable> | undefined,
  newest: MergedRow | undefined,
): NotCounted['names'] {
  return {
    id_number: leftOut?.id_number ?? newest?.id_number ?? '',
    course_name: leftOut?.course_name ?? newest?.course_name ?? '',
    course_shortname: leftOut?.course_shortname ?? newest?.course_shortname ?? '',
  };
}
