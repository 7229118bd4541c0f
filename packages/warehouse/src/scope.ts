import { type Kysely, type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type {
  LeftOutCoursesTable,
  RestatementCategoriesTable,
  RestatementCoursesTable,
  RestatementsTable,
} from './restatement-tables.ts';
import type { MoodleId, UserActivityTable, WarehouseTables } from './tables.ts';

/** Which courses' figures a caller may read: all, or those of these categories only. */
export type Scope = 'everything' | { readonly categories: readonly MoodleId[] };

/** The categories that a caller belongs to, each by idnumber or by id. */
export interface Membership {
  /** A top-level category. */
  directorate?: string | undefined;
  /** A category below one. */
  unit?: string | undefined;
}

const NOTHING: Scope = { categories: [] };

/**
 * The scope of a caller, by the category tree of the last merge: the categories inside both the directorate and the
 * unit, or inside the one that is given. Empty if neither is given, or one of them does not exist.
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

/** The merged rows within a scope. Every query of merged rows begins here, so that no query can forget the scope. */
export function visibleUserActivity(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ activity: UserActivityTable } & WarehouseTables, 'activity', object> {
  return warehouse.selectFrom('user_activity_etl as activity').where(isWithin(scope, 'activity.category_id'));
}

/** Courses that merges left out, by the category that they have. */
export function visibleLeftOutCourses(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ left_out: LeftOutCoursesTable } & WarehouseTables, 'left_out', object> {
  return warehouse.selectFrom('left_out_courses as left_out').where(isWithin(scope, 'left_out.category_id'));
}

/** Stored sums within a scope: every query of roll-ups begins here. A row has one category, as a merged row has. */
export function visibleRollUps(
  scope: Scope,
  table: 'rollup_days' | 'rollup_courses' | 'rollup_enrolments',
): RawBuilder<unknown> {
  // STORED and ROLLUP are reserved words of MySQL.
  return sql`${sql.table(table)} AS sums WHERE ${isWithin(scope, 'sums.category_id')}`;
}

/** Restatements that changed a course within a scope. */
export function visibleRestatements(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ restated: RestatementsTable } & WarehouseTables, 'restated', object> {
  const all = warehouse.selectFrom('restatements as restated');
  // Restatements of the PHP system's figures have no changed courses.
  if (scope === 'everything') return all;
  const changed = sql`SELECT 1 FROM restatement_categories AS own
    WHERE own.restatement = restated.id AND own.changed > 0 AND ${isWithin(scope, 'own.category_id')}`;
  return all.where(sql<SqlBool>`EXISTS (${changed})`);
}

/** The sums of restatements within a scope. */
export function visibleRestatedSums(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ sums: RestatementCategoriesTable } & WarehouseTables, 'sums', object> {
  return warehouse.selectFrom('restatement_categories as sums').where(isWithin(scope, 'sums.category_id'));
}

/**
 * Restated courses whose old or new row is within a scope. Only those of the two that are may be shown: see
 * `hasCategory`.
 */
export function visibleRestatedCourses(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ course: RestatementCoursesTable } & WarehouseTables, 'course', object> {
  const [old, own] = [isWithin(scope, 'course.old_category'), isWithin(scope, 'course.new_category')];
  return warehouse.selectFrom('restatement_courses as course').where(sql<SqlBool>`(${old} OR ${own})`);
}

/** Whether rows of a category are within a scope. */
export function hasCategory(scope: Scope, category: MoodleId): boolean {
  if (scope === 'everything') return true;
  return scope.categories.some((one) => String(one) === String(category));
}

function isWithin(scope: Scope, category: string) {
  if (scope === 'everything') return sql<SqlBool>`TRUE`;
  if (scope.categories.length === 0) return sql<SqlBool>`FALSE`;
  // As numbers: the server compares a list of numbers and texts as floating-point numbers, and an id beyond 2^53 is text.
  const ids = scope.categories.map((id) => String(BigInt(id)));
  return sql<SqlBool>`${sql.ref(category)} IN (${sql.raw(ids.join(', '))})`;
}
