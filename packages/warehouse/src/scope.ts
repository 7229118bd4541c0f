import {
  type Kysely,
  type RawBuilder,
  type Selectable,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type {
  LeftOutCoursesTable,
  RestatementCategoriesTable,
  RestatementCoursesTable,
  RestatementsTable,
} from './restatement-tables.ts';
import { isSmall, isSmallRow, type RowPlace } from './row-place.ts';
import type { MoodleId, UserActivityTable, WarehouseTables } from './tables.ts';

/** Which rows a caller may read: all, or those of these categories only. */
export type Scope =
  | 'everything'
  | {
      readonly categories: readonly MoodleId[];
      /** Rows with fewer students are withheld. 0: none. */
      readonly smallBelow: number;
    };

/** The merged rows within a scope. Every query of merged rows begins here, so that no query can forget the scope. */
export function visibleUserActivity(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ activity: UserActivityTable } & WarehouseTables, 'activity', object> {
  return rowsOfCategories(warehouse, scope).where(
    withholds(scope)
      ? sql<SqlBool>`activity.num_students >= ${sql.lit(smallBelowFor(scope))}`
      : sql<SqlBool>`TRUE`,
  );
}

/** The merged rows that are withheld from a scope: those of its categories with too few students. */
export function withheldUserActivity(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ activity: UserActivityTable } & WarehouseTables, 'activity', object> {
  return rowsOfCategories(warehouse, scope).where(isSmallRow(smallBelowFor(scope)));
}

function rowsOfCategories(warehouse: Kysely<WarehouseTables>, scope: Scope) {
  return warehouse.selectFrom('user_activity_etl as activity').where(isWithin(scope, 'activity.category_id'));
}

/**
 * Courses that merges left out, by the category that they have. How many students they had is not known: where small
 * groups are withheld, so are the views (see `showsLeftOutViews`).
 */
export function visibleLeftOutCourses(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ left_out: LeftOutCoursesTable } & WarehouseTables, 'left_out', object> {
  return warehouse.selectFrom('left_out_courses as left_out').where(isWithin(scope, 'left_out.category_id'));
}

/** Whether the views of left out courses are shown: they can be those of a small group. */
export function showsLeftOutViews(scope: Scope): boolean {
  return !withholds(scope);
}

/** Stored sums within a scope: every query of roll-ups begins here. A row has one place, as a merged row has. */
export function visibleRollUps(
  scope: Scope,
  table: 'rollup_days' | 'rollup_courses' | 'rollup_enrolments',
): RawBuilder<unknown> {
  // STORED and ROLLUP are reserved words of MySQL.
  return sql`${sql.table(table)} AS sums WHERE ${isWithin(scope, 'sums.category_id')} AND ${isShown(scope, 'sums.is_small')}`;
}

/** The stored sums that are withheld from a scope. */
export function withheldRollUps(scope: Scope, table: 'rollup_days' | 'rollup_courses'): RawBuilder<unknown> {
  return sql`${sql.table(table)} AS sums WHERE ${isWithin(scope, 'sums.category_id')} AND sums.is_small = 1`;
}

/**
 * Below how many students rows are withheld from a scope: stored sums must be made with the same number. 0 if none are:
 * then any stored sums will do.
 */
export function smallBelowFor(scope: Scope): number {
  return scope === 'everything' ? 0 : scope.smallBelow;
}

function withholds(scope: Scope): boolean {
  return smallBelowFor(scope) > 0;
}

/**
 * Restatements that changed a course within a scope. Where small groups are withheld, only those that were recorded
 * with the same number: of others it is not known which rows were small.
 */
export function visibleRestatements(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ restated: RestatementsTable } & WarehouseTables, 'restated', object> {
  const all = warehouse.selectFrom('restatements as restated');
  // Restatements of the PHP system's figures have no changed courses.
  if (scope === 'everything') return all;
  const changed = sql`SELECT 1 FROM restatement_categories AS own
    WHERE own.restatement = restated.id AND own.changed > 0
      AND ${isWithin(scope, 'own.category_id')} AND ${isShown(scope, 'own.is_small')}`;
  return all
    .where(sql<SqlBool>`EXISTS (${changed})`)
    .where(madeWithSame(scope, sql`restated.suppress_below`));
}

/** The sums of restatements within a scope. */
export function visibleRestatedSums(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ sums: RestatementCategoriesTable } & WarehouseTables, 'sums', object> {
  return warehouse
    .selectFrom('restatement_categories as sums')
    .where(isWithin(scope, 'sums.category_id'))
    .where(isShown(scope, 'sums.is_small'))
    .where(isOfSame(scope, 'sums.restatement'));
}

/**
 * Restated courses whose old or new row is within a scope. Only those of the two that are may be shown: see
 * `hasPlace`.
 */
export function visibleRestatedCourses(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
): SelectQueryBuilder<{ course: RestatementCoursesTable } & WarehouseTables, 'course', object> {
  const old = sql`${isWithin(scope, 'course.old_category')} AND ${isShown(scope, 'course.old_is_small')}`;
  const own = sql`${isWithin(scope, 'course.new_category')} AND ${isShown(scope, 'course.new_is_small')}`;
  return warehouse
    .selectFrom('restatement_courses as course')
    .where(sql<SqlBool>`(${old} OR ${own})`)
    .where(isOfSame(scope, 'course.restatement'));
}

/** Whether a row of a place is within a scope. Its smallness must be that of the scope's own number. */
export function hasPlace(scope: Scope, { category, isSmall }: RowPlace): boolean {
  return hasCategory(scope, category) && !(isSmall && withholds(scope));
}

/** A scope without everything outside these categories, which it has. */
export function narrowed(scope: Scope, categories: readonly MoodleId[]): Scope {
  return { categories, smallBelow: smallBelowFor(scope) };
}

/** Whether a merged row is within a scope. */
export function hasRow(
  scope: Scope,
  {
    category_id: category,
    num_students,
  }: Pick<Selectable<UserActivityTable>, 'category_id' | 'num_students'>,
): boolean {
  return hasPlace(scope, { category, isSmall: isSmall(num_students, smallBelowFor(scope)) });
}

/** Whether a scope has a category. Of its rows, some may be withheld: see `hasPlace`. */
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

function isShown(scope: Scope, column: string) {
  return withholds(scope) ? sql<SqlBool>`${sql.ref(column)} = 0` : sql<SqlBool>`TRUE`;
}

/** Whether the restatement of a row was recorded with the scope's number. */
function isOfSame(scope: Scope, restatement: string) {
  if (!withholds(scope)) return sql<SqlBool>`TRUE`;
  return sql<SqlBool>`EXISTS (SELECT 1 FROM restatements AS its
    WHERE its.id = ${sql.ref(restatement)} AND ${madeWithSame(scope, sql`its.suppress_below`)})`;
}

function madeWithSame(scope: Scope, suppressBelow: RawBuilder<unknown>) {
  if (!withholds(scope)) return sql<SqlBool>`TRUE`;
  return sql<SqlBool>`${suppressBelow} = ${sql.lit(smallBelowFor(scope))}`;
}
