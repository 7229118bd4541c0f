import type { Selectable } from 'kysely';
import { newestRowsOf, ownsCourse } from '../cells/course-on-date.ts';
import {
  recordsAll,
  tellsReason,
  tellsReasons,
  type WhyNotCounted,
  whyNotCountedText,
} from '../cells/why-not-counted.ts';
import { completedRow } from '../log-scheduler/newest-completed.ts';
import type { LeftOutCoursesTable } from '../restatement-tables.ts';
import { showsLeftOutViews, visibleLeftOutCourses } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { presentCategory, readTree, type ShownCategory } from './category-tree.ts';
import { type CourseNames, matches } from './course-names.ts';
import { type ReadRange, untilAborted } from './read-range.ts';
import { inOrder } from './summary-order.ts';

/** A person who looks for a course finds it among so many, or looks for more letters. */
const MOST_FOUND = 20;

/** Courses without a category are few: the front page, and deleted courses that had views on the date. */
const MOST_WITHOUT_CATEGORY = 200;

/** A course that matches a search, and that the merge of a date left out. */
export interface NotCountedCourse extends Omit<CourseNames, 'course_id'> {
  moodle_course_id: MoodleId;
  category: ShownCategory | null;
  /** The date whose merge left it out. */
  extraction_date: string;
  reason: WhyNotCounted;
  sentence: string;
  /** The newest date of which it has a row that the reader may see. */
  last_date: string | null;
}

type LeftOut = Pick<
  Selectable<LeftOutCoursesTable>,
  'moodle_course_id' | 'reason' | 'category_id' | 'id_number' | 'course_name' | 'course_shortname'
>;

/**
 * The courses that the merge of a date left out and whose name, short name or idnumber contains the text, in the order
 * of their names. A course without a category is shown to those who can see its newest row, by the names of that row.
 */
export async function notCountedCourses(
  range: ReadRange,
  date: string,
  text: string,
): Promise<NotCountedCourse[]> {
  const merge = await completedRow(range.snapshot, 'main_etl', date);
  if (!merge || !recordsAll(merge)) return [];
  if (!(await tellsReasons(range.snapshot, range.scope, date))) return [];
  const found: LeftOut[] = (await ofCategories(range, date)).filter((course) =>
    matches(namesOf(course), text),
  );
  const unplaced = await withoutCategory(range, date);
  const newestOf = await newestRowsOf(range.snapshot, 'everything', idsOf(unplaced));
  for (const course of unplaced) {
    const newest = newestOf.get(String(course.moodle_course_id));
    if (!ownsCourse(range.scope, newest)) continue;
    const named = { ...course, ...(course.course_name === null && newest && namesOf(newest)) };
    if (matches(namesOf(named), text)) found.push(named);
  }
  const tree = await readTree(range.snapshot, range.scope);
  const shown = found.toSorted(inOrder('asc', ({ course_name }) => course_name ?? '')).slice(0, MOST_FOUND);
  const visibleOf = await newestRowsOf(range.snapshot, range.scope, idsOf(shown));
  return shown.map((course) => ({
    moodle_course_id: course.moodle_course_id,
    ...namesOf(course),
    category: presentCategory(tree, course.category_id ?? 0),
    extraction_date: date,
    reason: course.reason,
    sentence: whyNotCountedText(course.reason),
    last_date: visibleOf.get(String(course.moodle_course_id))?.extraction_date ?? null,
  }));
}

function idsOf(courses: readonly LeftOut[]): MoodleId[] {
  return courses.map(({ moodle_course_id }) => moodle_course_id);
}

function namesOf({ id_number, course_name, course_shortname }: Omit<CourseNames, 'course_id'>) {
  return { id_number, course_name, course_shortname };
}

const COLUMNS = [
  'moodle_course_id',
  'reason',
  'category_id',
  'id_number',
  'course_name',
  'course_shortname',
] as const;

const WITHOUT_CATEGORY = ['course_deleted', 'without_category'] as const;

function ofCategories(range: ReadRange, date: string): Promise<LeftOut[]> {
  return visibleLeftOutCourses(range.snapshot, range.scope)
    .select(COLUMNS)
    .where('extraction_date', '=', date)
    .where('reason', 'not in', WITHOUT_CATEGORY)
    .execute(untilAborted(range));
}

function withoutCategory(range: ReadRange, date: string): Promise<LeftOut[]> {
  const found = visibleLeftOutCourses(range.snapshot, 'everything')
    .select(COLUMNS)
    .where('extraction_date', '=', date)
    .where(
      'reason',
      'in',
      WITHOUT_CATEGORY.filter((reason) => tellsReason(range.scope, reason)),
    );
  // Most viewed first. Where views are not shown, neither may the order tell them.
  return (showsLeftOutViews(range.scope) ? found.orderBy('views', 'desc') : found)
    .orderBy('moodle_course_id')
    .limit(MOST_WITHOUT_CATEGORY)
    .execute(untilAborted(range));
}
