import type { Insertable } from 'kysely';
import { insertValues } from '../insert-values.ts';
import type { RestatementsTable } from '../restatement-tables.ts';
import type { MoodleId } from '../tables.ts';
import type { WarehouseTransaction } from '../warehouse.ts';
import type { ChangedCourse } from './compare.ts';
import type { RestatedSums } from './sums.ts';

/** The sums of each category's own rows. */
export type CategorySums = ReadonlyMap<MoodleId, RestatedSums>;

export async function insertRestatement(
  trx: WarehouseTransaction,
  restatement: Insertable<RestatementsTable>,
): Promise<void> {
  await trx.insertInto('restatements').values(restatement).execute();
}

export async function insertCategories(
  trx: WarehouseTransaction,
  id: number,
  sums: { old: CategorySums; new: CategorySums },
  { courses, listed }: { courses: readonly ChangedCourse[]; listed: ReadonlySet<ChangedCourse> },
): Promise<void> {
  const changed = new Map<MoodleId, number>();
  const unlisted = new Map<MoodleId, number>();
  for (const course of courses) {
    const categories = new Set([course.old?.category, course.new?.category]);
    for (const category of categories) if (category !== undefined) increase(changed, category);
    const own = course.new?.category ?? course.old?.category;
    if (own !== undefined && !listed.has(course)) increase(unlisted, own);
  }
  const categories = [...new Set([...sums.old.keys(), ...sums.new.keys()])];
  await insertValues(
    trx,
    'restatement_categories',
    ['restatement', 'category_id', 'old_sums', 'new_sums', 'changed', 'unlisted'],
    categories.map((category) => [
      id,
      category,
      json(sums.old.get(category)),
      json(sums.new.get(category)),
      changed.get(category) ?? 0,
      unlisted.get(category) ?? 0,
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
      course.name,
      course.why.join(','),
      json(course.old?.figures),
      json(course.new?.figures),
    ]),
  );
}

function increase(counts: Map<MoodleId, number>, key: MoodleId): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function json(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
