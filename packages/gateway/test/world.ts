import { replaceCourseCategories, type UserActivity } from '@etl/warehouse';
import fc from 'fast-check';
import { course, type Gateway, mergeRows } from './support.ts';

/** The dates that a world has rows of. */
export const DATES = ['2024-01-14', '2024-01-15', '2024-01-16'];

/** A category of Moodle's tree. */
export interface Category {
  id: number;
  parent: number;
  idnumber: string | null;
}

/** A course, and how much it was used. */
export interface Course {
  id: number;
  category: number;
  /** By date; no row where there is none. */
  views: (number | null)[];
  students: number;
}

export interface World {
  categories: Category[];
  courses: Course[];
}

/** Few names, so that they meet: numbers that are ids elsewhere, another case, a blank at the end, wildcards, none. */
const idnumbers = fc.constantFrom(null, null, '', 'A', 'a', 'A ', 'B', 'C', '1', '3', '5', '%', '_', "'");
/** Any tree, and any use of courses in it. */
export const world: fc.Arbitrary<World> = fc
  .record({
    // The parent of each is one before it, or none.
    categories: fc.array(fc.record({ parent: fc.nat(), isTop: fc.nat(3), idnumber: idnumbers }), {
      minLength: 4,
      maxLength: 14,
    }),
    courses: fc.array(
      fc.record({
        category: fc.nat(),
        views: fc.tuple(...DATES.map(() => fc.option(fc.oneof(fc.constant(0), fc.nat(50)), { freq: 5 }))),
        students: fc.nat(4),
      }),
      { minLength: 10, maxLength: 40 },
    ),
  })
  .map(({ categories, courses }) => ({
    categories: categories.map(({ parent, isTop, idnumber }, index) => ({
      id: index + 1,
      parent: index === 0 || isTop === 0 ? 0 : (parent % index) + 1,
      idnumber,
    })),
    courses: courses.map((one, index) => ({
      ...one,
      id: index + 2,
      // One beyond the last: a category that is no more.
      category: (one.category % (categories.length + 1)) + 1,
    })),
  }));

/** The ids from a category up to the top, itself first; none where it is no more. */
export function ancestry({ categories }: World, id: number): number[] {
  const category = categories.find((one) => one.id === id);
  return category ? [id, ...ancestry({ categories, courses: [] }, category.parent)] : [];
}

/** Makes the world the warehouse's: its tree, and a merge of each date. */
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
  for (const [day, date] of DATES.entries()) await mergeRows(gateway, date, rowsOf(all, day));
}

/** The merged rows of a date, by its place in DATES. */
export function rowsOf(all: World, day: number): UserActivity[] {
  return all.courses.flatMap(({ id, category, views, students }) => {
    const seen = views[day] ?? null;
    if (seen === null) return [];
    return [
      {
        ...course(id),
        category_id: category,
        file_views: seen,
        total_views: seen,
        num_students: students,
        active_days: seen > 0 ? 1 : 0,
      },
    ];
  });
}
