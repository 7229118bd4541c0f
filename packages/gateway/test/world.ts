import { perReason } from '@etl/core';
import { buildRollUps, replaceCourseCategories, type UserActivity } from '@etl/warehouse';
import fc from 'fast-check';
import { course, type Gateway, mergeRows } from './support.ts';

/** The dates with rows in a world. */
export const DATES = ['2024-01-14', '2024-01-15', '2024-01-16'];

/** A category of Moodle's tree. */
export interface Category {
  id: number;
  parent: number;
  idnumber: string | null;
}

/** Where small groups are withheld, rows with fewer students are. */
export const LEAST = 3;

/** A course, and how much it was used. */
export interface Course {
  id: number;
  category: number;
  /** By date; null means no row. */
  views: (number | null)[];
  /** By date: a course can be small on one and not on the next. */
  students: number[];
}

export interface World {
  categories: Category[];
  courses: Course[];
  /** Below how many students the workers store sums apart. Gateways can withhold below another number. */
  smallBelow: number;
}

/** Few names, so that they collide: ids of other categories, other case, a trailing blank, wildcards, none. */
const idnumbers = fc.constantFrom(null, null, '', 'A', 'a', 'A ', 'B', 'C', '1', '3', '5', '%', '_', "'");
/** Any tree, with any views of its courses. */
export const world: fc.Arbitrary<World> = fc
  .record({
    // The parent is an earlier category, or none.
    categories: fc.array(fc.record({ parent: fc.nat(), isTop: fc.nat(3), idnumber: idnumbers }), {
      minLength: 4,
      maxLength: 14,
    }),
    courses: fc.array(
      fc.record({
        category: fc.nat(),
        views: fc.tuple(...DATES.map(() => fc.option(fc.oneof(fc.constant(0), fc.nat(50)), { freq: 5 }))),
        students: fc.tuple(...DATES.map(() => fc.nat(2 * LEAST - 1))),
      }),
      { minLength: 10, maxLength: 40 },
    ),
    smallBelow: fc.constantFrom(LEAST, LEAST, LEAST - 1, 0),
  })
  .map(({ categories, courses, smallBelow }) => ({
    smallBelow,
    categories: categories.map(({ parent, isTop, idnumber }, index) => ({
      id: index + 1,
      parent: index === 0 || isTop === 0 ? 0 : (parent % index) + 1,
      idnumber,
    })),
    courses: courses.map((one, index) => ({
      ...one,
      id: index + 2,
      // One id is beyond the last: a deleted category.
      category: (one.category % (categories.length + 1)) + 1,
    })),
  }));

/** The ids from a category up to the top, itself first. Empty for a deleted category. */
export function ancestry(all: Pick<World, 'categories'>, id: number): number[] {
  const category = all.categories.find((one) => one.id === id);
  return category ? [id, ...ancestry(all, category.parent)] : [];
}

/** Loads the world into the warehouse: its tree, a merge of each date, and the roll-ups. */
export async function build(gateway: Gateway, all: World): Promise<void> {
  await gateway.warehouse.transaction().execute((trx) =>
    replaceCourseCategories(
      trx,
      all.categories.map(({ id, parent, idnumber }) => {
        const up = ancestry(all, id);
        return {
          id,
          parent,
          idnumber,
          depth: up.length,
          path: `/${up.toReversed().join('/')}`,
          name: `Category ${id}`,
        };
      }),
    ),
  );
  for (const [day, date] of DATES.entries()) {
    const rows = rowsOf(all, day);
    const counted = rows.reduce((sum, row) => sum + row.total_views, 0);
    const findings = { ledger: { read: counted, counted, left_out: perReason(() => 0) } };
    await mergeRows(gateway, date, rows, findings, all.smallBelow);
  }
  await buildRollUps(gateway.warehouse, { smallBelow: all.smallBelow });
}

/** The merged rows of a date, by its index in DATES. */
export function rowsOf(all: World, day: number): UserActivity[] {
  return all.courses.flatMap(({ id, category, views, students }) => {
    const seen = views[day] ?? null;
    if (seen === null) return [];
    return [
      {
        ...course(id),
        course_name: `Logic ${id} of ${students[day]}`,
        category_id: category,
        file_views: seen,
        total_views: seen,
        num_students: students[day] ?? 0,
        active_days: seen > 0 ? 1 : 0,
      },
    ];
  });
}
