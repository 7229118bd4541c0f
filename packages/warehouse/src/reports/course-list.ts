import { inOrderOfIds, type MoodleId } from '../tables.ts';
import { scopeWithin } from './category-asked.ts';
import { presentCategory, readTree, type ShownCategory } from './category-tree.ts';
import { compareRange, type RangeComparison } from './comparison.ts';
import type { Comparison } from './counterpart.ts';
import { type CourseInRange, coursesOf, viewsByCourse } from './course-figures.ts';
import { type CourseFilter, comparesViews, filteredCourses } from './course-filters.ts';
import { type CourseNames, courseNames, matches } from './course-names.ts';
import { type NotCountedCourse, notCountedCourses } from './not-counted-courses.ts';
import type { ReadRange } from './read-range.ts';
import type { RolledUp } from './roll-up.ts';
import { METRICS, type Metric } from './series.ts';
import { inOrder, type Order } from './summary-order.ts';
import { courseParts } from './summary-rows.ts';
import { type WeeklyViews, weeklyViews } from './weekly-views.ts';

/** What courses can be sorted by. */
export const COURSE_SORTS = ['name', 'change', 'last_active', ...METRICS] as const;
export type CourseSort = (typeof COURSE_SORTS)[number];

/** A place in the order of courses: what the course there is sorted by, and its id. */
export interface CoursePosition {
  key: string | number | null;
  id: MoodleId;
}

export interface CourseListRequest {
  /** The id or idnumber of a category: only the rows within it. */
  category?: string | undefined;
  /** A part of the name, short name or idnumber, in upper or lower case. */
  q?: string | undefined;
  filter: CourseFilter;
  sort: CourseSort;
  order: Order;
  limit: number;
  /** Only the courses after this place. */
  after?: CoursePosition | undefined;
  compare?: Comparison | undefined;
}

/** A course with its figures of the range. */
export interface ListedCourse extends CourseNames, Pick<RolledUp, Metric> {
  moodle_course_id: MoodleId;
  category: ShownCategory | null;
  /** Of `total_views`. */
  change: number | null;
  /** Null if no date of the range had activity, but a silent course then has that of the 28 days before. */
  last_active: string | null;
  weekly: WeeklyViews;
}

export interface CourseList {
  courses: ListedCourse[];
  /** All courses that match, on whatever page. */
  count: number;
  /** The place of the last course, if others follow. */
  next: CoursePosition | null;
  /** Null if nothing is compared. */
  compare: Comparison | null;
  comparison: RangeComparison;
  /** Courses that match the text, and that the merge of the range's newest date left out. Null without a text. */
  notCounted: NotCountedCourse[] | null;
}

/**
 * A page of the courses that have a row in the range, without those of the PHP system. Views are compared with the
 * range before if the filter or the order needs it and nothing else is asked. Throws INVALID_REQUEST if the reader
 * can see no such category.
 */
export async function courseList(asked: ReadRange, request: CourseListRequest): Promise<CourseList> {
  const { filter, sort, order, q, after, limit } = request;
  const range = { ...asked, scope: await scopeWithin(asked.snapshot, asked.scope, request.category) };
  const needed = comparesViews(filter) || sort === 'change' ? 'previous' : undefined;
  const compare = request.compare ?? needed;
  const comparison = await compareRange(range, compare);
  const { newestDate, hasWithheld, withheld } = comparison;
  const all = await coursesOf(await courseParts(range));
  const before = comparison.compared ? viewsByCourse(await courseParts(comparison.compared)) : undefined;
  const changeOf = ({ course, figures }: CourseInRange) =>
    before && !hasWithheld(course) ? comparison.change(figures.total_views, before.get(course) ?? 0) : null;
  const differenceOf = ({ course, figures }: CourseInRange) =>
    hasWithheld(course) ? null : comparison.difference(figures.total_views, before?.get(course) ?? null);
  const filtered = await filteredCourses(range, filter, all, { newestDate, differenceOf, withheld });
  const names = q !== undefined || sort === 'name' ? await courseNames(range, filtered) : undefined;
  const found = q === undefined ? filtered : filtered.filter(({ course }) => matches(names?.get(course), q));
  const keyOf = (one: CourseInRange): string | number | null => {
    if (sort === 'name') return names?.get(one.course)?.course_name ?? '';
    if (sort === 'change') return changeOf(one);
    return sort === 'last_active' ? one.lastActive : one.figures[sort];
  };
  const { page, next } = pageAfter(
    found.map((one) => ({ one, key: keyOf(one), id: one.course })),
    { order, limit, after },
  );
  return {
    courses: await shown(range, page, names, changeOf),
    count: found.length,
    next,
    compare: compare ?? null,
    comparison,
    notCounted:
      q === undefined ? null : newestDate === undefined ? [] : await notCountedCourses(range, newestDate, q),
  };
}

type Placed = CoursePosition & { one: CourseInRange };

function pageAfter(
  courses: Placed[],
  { order, limit, after }: Pick<CourseListRequest, 'order' | 'limit' | 'after'>,
): { page: CourseInRange[]; next: CoursePosition | null } {
  const byKey = inOrder<CoursePosition>(order, ({ key }) => key);
  const compare = (a: CoursePosition, b: CoursePosition) => byKey(a, b) || inOrderOfIds(a.id, b.id);
  const following = after ? courses.filter((course) => compare(course, after) > 0) : courses;
  const page = following.toSorted(compare).slice(0, limit);
  const last = page.at(-1);
  const next = last && following.length > limit ? { key: last.key, id: last.id } : null;
  return { page: page.map(({ one }) => one), next };
}

async function shown(
  range: ReadRange,
  page: readonly CourseInRange[],
  known: ReadonlyMap<MoodleId, CourseNames> | undefined,
  changeOf: (course: CourseInRange) => number | null,
): Promise<ListedCourse[]> {
  const names = known ?? (await courseNames(range, page));
  const tree = await readTree(range.snapshot, range.scope);
  const weeklyOf = await weeklyViews(
    range,
    page.map(({ course }) => course),
  );
  return page.map((one) => ({
    moodle_course_id: one.course,
    course_id: null,
    id_number: null,
    course_name: null,
    course_shortname: null,
    ...names.get(one.course),
    category: presentCategory(tree, one.category),
    ...one.figures,
    change: changeOf(one),
    last_active: one.lastActive,
    weekly: weeklyOf(one.course),
  }));
}
