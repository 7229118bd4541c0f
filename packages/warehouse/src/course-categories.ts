import type { Insertable } from 'kysely';
import { type LoadedTable, replaceRows } from './replace-rows.ts';
import type { CourseCategoriesTable } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

export type CourseCategory = Insertable<CourseCategoriesTable>;

const TABLE: LoadedTable<CourseCategory> = {
  name: 'course_categories_etl',
  moodleId: 'id',
  columns: ['parent', 'depth', 'path', 'idnumber', 'name'],
};

/** Far below what a statement may hold (max_allowed_packet), whatever the names' lengths. */
const ROWS_PER_STATEMENT = 500;

/**
 * Leaves exactly these categories in the copy of Moodle's tree. Merges of several dates replace it one after the
 * other.
 */
export async function replaceCourseCategories(
  trx: WarehouseTransaction,
  categories: readonly CourseCategory[],
): Promise<void> {
  // The isolation level of `inTransaction` is read committed: after the lock, `replaceRows` reads what the merge
  // before it has left.
  await trx.selectFrom('course_categories_etl').select('id').forUpdate().execute();
  await replaceRows(trx, TABLE, categories, { rowsPerStatement: ROWS_PER_STATEMENT });
}
