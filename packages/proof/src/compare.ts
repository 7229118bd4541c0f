import { type CoursePlace, type RecountedMetric, totalViews, VIEW_COLUMNS, type ViewColumn } from '@etl/core';
import {
  type DocumentedCounts,
  type DocumentedCourse,
  type DocumentedEnrolments,
  documentedActiveDays,
  type MoodleId,
} from '@etl/moodle';
import type { ActivityCounts } from '@etl/warehouse';
import type { StoredDate } from './stored-date.ts';

/** The counts of a course that the log proves. */
export const PROVED = [...VIEW_COLUMNS, 'total_views', 'active_days'] as const;
type Counts = Record<RecountedMetric, number>;

/** A count that differs. */
export interface Difference {
  moodle_course_id: MoodleId;
  /** `user_activity_etl`, or `activity_counts_etl` for a course without a merged row. */
  table: 'user_activity_etl' | 'activity_counts_etl';
  metric: RecountedMetric;
  warehouse: number;
  moodle: number;
}

/** What Moodle has only as it is now, and was otherwise when the date was merged. */
export interface Change {
  moodle_course_id: MoodleId;
  what: 'num_students' | 'num_teachers' | NameColumn | 'row';
  warehouse: string | number | null;
  moodle: string | number | null;
}

const NAMES = [
  'course_id',
  'id_number',
  'course_name',
  'course_shortname',
  'category_id',
  'category_path',
] as const;
type NameColumn = (typeof NAMES)[number];

/** Compares all counts of the date: those of its merged rows, and those of courses that the merge left out. */
export function differences(
  stored: StoredDate,
  moodle: ReadonlyMap<MoodleId, DocumentedCounts>,
): { courses: number; differing: Difference[] } {
  const courses = new Set([...stored.rows.keys(), ...stored.counts.keys(), ...moodle.keys()]);
  const differing = [...courses].flatMap((course) => {
    const row = stored.rows.get(course);
    const ours = row ? countsOf(row) : countsOf(stored.counts.get(course));
    const counted = moodle.get(course);
    const theirs = countsOf(
      counted && { ...counted, active_days: documentedActiveDays(counted, stored.day.timeZone) },
    );
    return PROVED.filter((metric) => ours[metric] !== theirs[metric]).map(
      (metric): Difference => ({
        moodle_course_id: course,
        table: row ? 'user_activity_etl' : 'activity_counts_etl',
        metric,
        warehouse: ours[metric],
        moodle: theirs[metric],
      }),
    );
  });
  return { courses: courses.size, differing };
}

/** Without a row all counts are 0. A merged row has its own sum, which is compared as it is. */
export function countsOf(
  row: (Pick<ActivityCounts, ViewColumn | 'active_days'> & { total_views?: number }) | undefined,
): Counts {
  const views = Object.fromEntries(VIEW_COLUMNS.map((column) => [column, Number(row?.[column] ?? 0)]));
  return {
    ...(views as Record<ViewColumn, number>),
    total_views: row?.total_views ?? totalViews(views as Record<ViewColumn, number>),
    active_days: Number(row?.active_days ?? 0),
  };
}

/** What has changed since the merge: enrolments, names and categories, and which courses have a row. */
export function changes(
  { rows }: StoredDate,
  now: { courses: readonly DocumentedCourse[]; enrolments: ReadonlyMap<MoodleId, DocumentedEnrolments> },
): Change[] {
  const found: Change[] = [];
  const courses = new Map(now.courses.map((course) => [course.moodle_course_id, course]));
  for (const [id, row] of rows) {
    const course = courses.get(id);
    const add = (what: Change['what'], moodle: Change['moodle']) => {
      const warehouse = what === 'row' ? 'counted' : row[what];
      if (warehouse !== moodle) found.push({ moodle_course_id: id, what, warehouse, moodle });
    };
    add('row', placeOf(course).row);
    if (!course) continue;
    for (const name of NAMES) add(name, course[name]);
    const counted = now.enrolments.get(id);
    for (const people of ['num_students', 'num_teachers'] as const) add(people, counted?.[people] ?? 0);
  }
  for (const course of now.courses) {
    const { moodle_course_id: id } = course;
    if (placeOf(course).row !== 'counted' || rows.has(id)) continue;
    found.push({ moodle_course_id: id, what: 'row', warehouse: null, moodle: 'counted' });
  }
  return found;
}

/** Where the merge of now would put the course, or why it would leave it out. */
export function placeOf(course: DocumentedCourse | undefined): CoursePlace {
  const category_id = course?.category_id ?? null;
  if (!course) return { row: 'course_deleted', category_id };
  if (course.visible !== 1) return { row: 'course_hidden', category_id };
  if (category_id === null) return { row: 'without_category', category_id };
  return { row: course.course_id === null ? 'category_without_idnumber' : 'counted', category_id };
}
