import { forEachInSlices } from '@etl/core';
import type { MoodleId } from '../tables.ts';
import { type CategorySums, categoryActivity, categorySums } from './category-activity.ts';
import { categoriesNamed } from './category-asked.ts';
import { childPlaces, type Place, rootsOf } from './category-places.ts';
import { readTree, type ShownCategory, shownPath, subtree } from './category-tree.ts';
import type { Comparison } from './compare.ts';
import { compareRange, type RangeComparison } from './comparison.ts';
import type { CoursePart } from './course-part.ts';
import { type DateSet, daysTogether } from './date-set.ts';
import type { ReadRange } from './read-range.ts';
import { type RolledUp, rollUp } from './roll-up.ts';
import { courseParts } from './summary-rows.ts';

export interface CategoriesRequest {
  /** The id or idnumber of the category whose children are wanted. */
  parent?: string | undefined;
  compare?: Comparison | undefined;
}

/** The figures of a category and everything below it. */
export interface CategoryFigures extends RolledUp {
  /** Courses with activity. */
  active_courses: number;
  /** Of `total_views`. */
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
    parent === undefined ? asked.scope : { categories: subtree(tree, parents).map(({ id }) => id) };
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
  const parts = await courseParts(range);
  await forEachInSlices(parts, (part) => groupOf(part.category).parts.push(part));
  const active = await categoryActivity(range);
  for (const { category, dates } of active) groupOf(category).dates.push(dates);
  const before = comparison.compared ? await categorySums(comparison.compared) : [];
  const comparedViews = Map.groupBy(before, ({ category }) => placeOf(category).key);
  const figuresOf = ({ parts, dates }: Omit<Group, 'place'>, compared: readonly CategorySums[]) => {
    const figures = rollUp(parts, daysTogether(dates));
    return {
      ...figures,
      active_courses: activeCourses(parts),
      change: comparison.change(figures.total_views, viewsIn(compared)),
    };
  };
  const [only, ...others] = parents;
  return {
    path: only && others.length === 0 ? shownPath(tree, only.id) : [],
    children: [...found.values()]
      .toSorted((a, b) => a.place.rank - b.place.rank)
      .map((group) => ({
        ...presented(group.place),
        ...figuresOf(group, comparedViews.get(group.place.key) ?? []),
      })),
    totals: figuresOf({ parts, dates: active.map(({ dates }) => dates) }, before),
    comparison,
  };
}

interface Group {
  place: Place;
  parts: CoursePart[];
  dates: DateSet[];
}

function newGroup(place: Place): Group {
  return { place, parts: [], dates: [] };
}

function presented({ category, isParent, hasChildren }: Place) {
  const { id = null, idnumber = null, name = null } = category ?? {};
  return { id, idnumber, name, is_parent: isParent, has_children: hasChildren };
}

function viewsIn(sums: readonly CategorySums[]): number {
  return sums.reduce((sum, { views }) => sum + views.total_views, 0);
}

function activeCourses(parts: readonly CoursePart[]): number {
  const active = parts.filter(({ activeDays }) => activeDays > 0);
  return new Set(active.map(({ course }) => String(course))).size;
}
