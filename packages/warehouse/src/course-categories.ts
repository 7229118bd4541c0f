import { type Insertable, sql } from 'kysely';
import type { CourseCategoriesTable } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

export type CourseCategory = Insertable<CourseCategoriesTable>;

/** Far below what a statement may hold (max_allowed_packet), whatever the names' lengths. */
const ROWS_PER_STATEMENT = 500;

/** Leaves exactly these categories in the copy of Moodle's tree. */
export async function replaceCourseCategories(
  trx: WarehouseTransaction,
  categories: readonly CourseCategory[],
): Promise<void> {
  const staying = new Set(categories.map(({ id }) => id));
  const present = await trx.selectFrom('course_categories_etl').selectAll().forUpdate().execute();
  const vanished = present.map(({ id }) => id).filter((id) => !staying.has(id));
  const presentOf = new Map(present.map((category) => [category.id, category]));
  const changed = categories.filter((category) => !isUnchanged(category, presentOf.get(category.id)));
  if (vanished.length > 0) {
    await trx.deleteFrom('course_categories_etl').where('id', 'in', vanished).execute();
  }
  for (let done = 0; done < changed.length; done += ROWS_PER_STATEMENT) {
    await trx
      .insertInto('course_categories_etl')
      .values(changed.slice(done, done + ROWS_PER_STATEMENT))
      .onDuplicateKeyUpdate({
        parent: sql`VALUES(parent)`,
        depth: sql`VALUES(depth)`,
        path: sql`VALUES(path)`,
        idnumber: sql`VALUES(idnumber)`,
        name: sql`VALUES(name)`,
      })
      .execute();
  }
}

function isUnchanged(category: CourseCategory, present: CourseCategory | undefined): boolean {
  if (!present) return false;
  const columns = ['parent', 'depth', 'path', 'idnumber', 'name'] as const;
  return columns.every((column) => category[column] === present[column]);
}
