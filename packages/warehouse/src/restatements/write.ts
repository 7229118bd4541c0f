import type { Insertable } from 'kysely';
import { insertValues } from '../insert-values.ts';
import type { RestatementsTable } from '../restatement-tables.ts';
import type { CategoryDay } from '../roll-ups/write-part.ts';
import { keyOfPlace } from '../row-place.ts';
import type { WarehouseTransaction } from '../warehouse.ts';
import type { ChangedCourse } from './compare.ts';
import { restatedSums } from './sums.ts';

export async function insertRestatement(
  trx: WarehouseTransaction,
  restatement: Insertable<RestatementsTable>,
): Promise<void> {
  await trx.insertInto('restatements').values(restatement).execute();
}

/** `sums`: of the rows before and after, each with those of a place together. */
export async function insertPlaces(
  trx: WarehouseTransaction,
  id: number,
  sums: { old: readonly CategoryDay[]; new: readonly CategoryDay[] },
  { courses, listed }: { courses: readonly ChangedCourse[]; listed: ReadonlySet<ChangedCourse> },
): Promise<void> {
  const changed = new Map<string, number>();
  const unlisted = new Map<string, number>();
  for (const course of courses) {
    const places = [course.old, course.new].filter((place) => place !== null).map(keyOfPlace);
    for (const place of new Set(places)) increase(changed, place);
    const own = places.at(-1);
    if (own !== undefined && !listed.has(course)) increase(unlisted, own);
  }
  const keyed = (own: readonly CategoryDay[]) => new Map(own.map((sum) => [keyOfPlace(sum), sum]));
  const [before, after] = [keyed(sums.old), keyed(sums.new)];
  await insertValues(
    trx,
    'restatement_categories',
    ['restatement', 'category_id', 'is_small', 'old_sums', 'new_sums', 'changed', 'unlisted'],
    [...new Map([...before, ...after])].map(([place, { category, isSmall }]) => [
      id,
      category,
      Number(isSmall),
      sumsJson(before.get(place)),
      sumsJson(after.get(place)),
      changed.get(place) ?? 0,
      unlisted.get(place) ?? 0,
    ]),
  );
}

export async function insertCourses(
  trx: WarehouseTransaction,
  id: number,
  courses: readonly ChangedCourse[],
): Promise<void> {
  await insertValues(
    trx,
    'restatement_courses',
    [
      'restatement',
      'moodle_course_id',
      'old_category',
      'new_category',
      'old_is_small',
      'new_is_small',
      'course_name',
      'why',
      'old_figures',
      'new_figures',
    ],
    courses.map((course) => [
      id,
      course.id,
      course.old?.category ?? null,
      course.new?.category ?? null,
      Number(course.old?.isSmall ?? false),
      Number(course.new?.isSmall ?? false),
      course.name,
      course.why.join(','),
      json(course.old?.figures),
      json(course.new?.figures),
    ]),
  );
}

function sumsJson(sums: CategoryDay | undefined): string | null {
  return json(sums && restatedSums(sums));
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function json(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
