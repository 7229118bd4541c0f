import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { MoodleId, UserActivityTable, WarehouseTables } from './tables.ts';

/** Whose courses' figures may be read: everybody's, or those of these categories and of no other. */
export type Scope = 'everything' | { readonly categories: readonly MoodleId[] };

/** The categories that a reader belongs to, each by idnumber or by id. */
export interface Membership {
  /** A top-level category. */
  directorate?: string | undefined;
  /** A category below one. */
  unit?: string | undefined;
}

const NOTHING: Scope = { categories: [] };

/**
 * The scope of a reader, by the tree as the last merge has left it: the categories inside both the directorate and the unit, or
 * inside the one that is given. Where neither is given, or one of them is not known, that is none.
 */
export async function scopeOf(
  warehouse: Kysely<WarehouseTables>,
  { directorate, unit }: Membership,
): Promise<Scope> {
  const roots: { path: string }[][] = [];
  if (directorate !== undefined) roots.push(await rootsNamed(warehouse, directorate, '='));
  if (unit !== undefined) roots.push(await rootsNamed(warehouse, unit, '>'));
  if (roots.length === 0 || roots.some((found) => found.length === 0)) return NOTHING;
  let inside = warehouse.selectFrom('course_categories_etl').select('id').orderBy('id');
  for (const found of roots) {
    inside = inside.where((where) =>
      where.or(found.flatMap(({ path }) => [where('path', '=', path), where('path', 'like', `${path}/%`)])),
    );
  }
  const categories = await inside.execute();
  return { categories: categories.map(({ id }) => id) };
}

/** The categories at the top, or below it, with that idnumber; where there is none, the one with that id. */
async function rootsNamed(warehouse: Kysely<WarehouseTables>, name: string, depth: '=' | '>') {
  // What has no idnumber in Moodle may have a blank one: nobody is called by it.
  if (name === '') return [];
  const level = warehouse
    .selectFrom('course_categories_etl')
    .select(['path', 'idnumber'])
    .where('depth', depth, 1);
  // To the database's collation FK is fk, and a blank at the end is none: not to us.
  const byNumber = await level.where('idnumber', '=', name).execute();
  const named = byNumber.filter(({ idnumber }) => idnumber === name);
  if (named.length > 0 || !/^[1-9]\d{0,17}$/.test(name)) return named;
  return level.where('id', '=', sql<MoodleId>`${sql.raw(name)}`).execute();
}

/**
 * The merged rows that a scope lets be read. Every query of them begins here: this is the one place where a reader's scope
 * and the rows meet.
 */
export function visibleUserActivity(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ activity: UserActivityTable } & WarehouseTables, 'activity', object> {
  const rows = warehouse.selectFrom('user_activity_etl as activity');
  if (scope === 'everything') return rows;
  if (scope.categories.length === 0) return rows.where(sql<boolean>`FALSE`);
  return rows.where('activity.category_id', 'in', scope.categories);
}
