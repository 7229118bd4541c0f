import { type Kysely, sql } from 'kysely';
import type { Scope } from './scope.ts';
import type { MoodleId, WarehouseTables } from './tables.ts';

/** The categories that a caller belongs to, each by idnumber or by id. */
export interface Membership {
  /** A top-level category. */
  directorate?: string | undefined;
  /** A category below one. */
  unit?: string | undefined;
}

/**
 * The scope of a caller, by the category tree of the last merge: the categories inside both the directorate and the
 * unit, or inside the one that is given. Empty if neither is given, or one of them does not exist. Without the rows
 * that have fewer students than `smallBelow`.
 */
export async function scopeOf(
  warehouse: Kysely<WarehouseTables>,
  { directorate, unit }: Membership,
  smallBelow: number,
): Promise<Scope> {
  const roots: { path: string }[][] = [];
  if (directorate !== undefined) roots.push(await rootsNamed(warehouse, directorate, '='));
  if (unit !== undefined) roots.push(await rootsNamed(warehouse, unit, '>'));
  if (roots.length === 0 || roots.some((found) => found.length === 0)) return { categories: [], smallBelow };
  let inside = warehouse.selectFrom('course_categories_etl').select('id').orderBy('id');
  for (const found of roots) {
    inside = inside.where((where) =>
      where.or(found.flatMap(({ path }) => [where('path', '=', path), where('path', 'like', `${path}/%`)])),
    );
  }
  const categories = await inside.execute();
  return { categories: categories.map(({ id }) => id), smallBelow };
}

/** The categories at the top, or below it, with that idnumber. If none has it, the one with that id. */
async function rootsNamed(warehouse: Kysely<WarehouseTables>, name: string, depth: '=' | '>') {
  // In Moodle a category without an idnumber may have an empty one: it names no category.
  if (name === '') return [];
  const level = warehouse
    .selectFrom('course_categories_etl')
    .select(['path', 'idnumber'])
    .where('depth', depth, 1);
  // The warehouse's collation ignores case and blanks at the end. A scope does not.
  const byNumber = await level.where('idnumber', '=', name).execute();
  const named = byNumber.filter(({ idnumber }) => idnumber === name);
  if (named.length > 0 || !/^[1-9]\d{0,17}$/.test(name)) return named;
  return level.where('id', '=', sql<MoodleId>`${sql.raw(name)}`).execute();
}
