import { forEachInSlices } from '@etl/core';
import { narrowed } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { categoriesNamed } from './category-asked.ts';
import { childPlaces, type Place, rootsOf } from './category-places.ts';
import { type CategorySums, categorySums } from './category-sums.ts';
import { readTree, type ShownCategory, shownPath, subtree } from './category-tree.ts';
import { compareRange, type RangeComparison } from './comparison.ts';
import type { Comparison } from './counterpart.ts';
import { courseEnrolments } from './course-enrolments.ts';
import type { CourseActivity } from './course-part.ts';
import type { ReadRange } from './read-range.ts';
import { type RolledUp, rolledUpCategories } from './roll-up.ts';
import { type WeeklyViews, weeklyCategoryViews } from './weekly-views.ts';

export interface CategoriesRequest {
  /** The id or idnumber of the category whose children are wanted. */
  parent?: string | undefined;
  compare?: Comparison | undefined;
}

/** The figures of a category and everything below it. */
export interface CategoryFigures extends RolledUp {
  /** Courses with activity. */
  active_courses: number;
  /** Of `total_views`. Null too if no row of the category is visible, and some are withheld. */
  change: number | null;
}

export interface CategoryChild extends CategoryFigures {
  /** Null for all rows together whose category is gone, or is of the PHP system. */
  id: MoodleId | null;
  idnumber: string | null;
  name: string | null;
  /** The courses directly in the parent, which are in none of its children. */
  is_parent: boolean;
  has_children: boolean;
  /** Of the subtree. */
  weekly: WeeklyViews;
  /** Courses with rows that are withheld. */
  withheld_courses: number;
}

export interface Categories {
  /** The parent's categories from the top down to it. Empty at the root, and in a scope with several beginnings. */
  path: ShownCategory[];
  children: CategoryChild[];
  totals: CategoryFigures;
  comparison: RangeComparison;
}

/**
 * The children of a category, each with its whole subtree. Without a parent, those of the root, or of the categories
 * that the reader's scope begins at. Every row of the range is in one child, so views add up to the totals. Throws
 * INVALID_REQUEST if the reader can see no such parent.
 */
export async function categoryFigures(
  asked: ReadRange,
  { parent, compare }: CategoriesRequest,
): Promise<Categories> {
  const tree = await readTree(asked.snapshot, asked.scope);
  const parents = rootsOf(
    parent === undefined
      ? asked.scope === 'everything'
        ? []
        : tree.visible
      : categoriesNamed(tree, parent, 'parent'),
  );
  const scope =
    parent === undefined
      ? asked.scope
      : narrowed(
          asked.scope,
          subtree(tree, parents).map(({ id }) => id),
        );
  const range = { ...asked, scope };
  const { placeOf, empty } = childPlaces(tree, parents);
  const comparison = await compareRange(range, compare);
  const found = new Map<string, Group>(empty.map((place) => [place.key, newGroup(place)]));
  const groupOf = (category: MoodleId) => {
    const place = placeOf(category);
    const group = found.get(place.key) ?? newGroup(place);
    found.set(place.key, group);
    return group;
  };
  const courses = await courseEnrolments(range);
  await forEachInSlices(courses, (course) => groupOf(course.category).courses.push(course));
  const sums = await categorySums(range);
  for (const own of sums) groupOf(own.category).sums.push(own);
  const before = comparison.compared ? await categorySums(comparison.compared) : [];
  const comparedSums = Map.groupBy(before, ({ category }) => placeOf(category).key);
  const weeklyOf = await weeklyCategoryViews(range, (category) => placeOf(category).key);
  for (const { course, category } of comparison.withheld.places)
    groupOf(category).withheld.add(String(course));
  const figuresOf = (
    { courses, sums, withheld }: Pick<Group, 'courses' | 'sums'> & { withheld: ReadonlySet<string> },
    compared: readonly CategorySums[],
  ) => {
    const figures = rolledUpCategories(courses, sums);
    // Views that are all withheld have not fallen to 0.
    const isUnknown = withheld.size > 0 && figures.courses === 0;
    return {
      ...figures,
      active_courses: activeCourses(courses),
      change: isUnknown ? null : comparison.change(figures.total_views, viewsIn(compared)),
    };
  };
  const [only, ...others] = parents;
  return {
    path: only && others.length === 0 ? shownPath(tree, only.id) : [],
    children: [...found.values()]
      .toSorted((a, b) => a.place.rank - b.place.rank)
      .map((group) => ({
        ...presented(group.place),
        ...figuresOf(group, comparedSums.get(group.place.key) ?? []),
        weekly: weeklyOf(group.place.key),
        withheld_courses: group.withheld.size,
      })),
    totals: figuresOf({ courses, sums, withheld: comparison.withheld.courses }, before),
    comparison,
  };
}

interface Group {
  place: Place;
  courses: CourseActivity[];
  sums: CategorySums[];
  /** The ids of courses with rows that are withheld, as texts. */
  withheld: Set<string>;
}

function newGroup(place: Place): Group {
  return { place, courses: [], sums: [], withheld: new Set() };
}

function presented({ category, isParent, hasChildren }: Place) {
  const { id = null, idnumber = null, name = null } = category ?? {};
  return { id, idnumber, name, is_parent: isParent, has_children: hasChildren };
}

function viewsIn(sums: readonly CategorySums[]): number {
  return sums.reduce((sum, { views }) => sum + views.total_views, 0);
}

/** A course that moved counts once. */
function activeCourses(courses: readonly CourseActivity[]): number {
  return new Set(courses.filter(({ isActive }) => isActive).map(({ course }) => course)).size;
}
