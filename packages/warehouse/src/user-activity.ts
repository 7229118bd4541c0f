import { VIEW_COLUMNS } from '@etl/core';
import type { Insertable, Kysely, Selectable } from 'kysely';
import { type LoadedTable, type Replaced, replaceRows } from './replace-rows.ts';
import { type Scope, visibleUserActivity } from './scope.ts';
import type { UserActivityTable, WarehouseTables } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

/** The merged figures of a course on a day. */
export type UserActivity = Omit<Insertable<UserActivityTable>, 'id' | 'extraction_date'>;
/** A row as readers see it. */
export type UserActivityRow = Omit<Selectable<UserActivityTable>, 'other_views'>;

/** The columns of a row, in the order of the API's documented fields. */
export const USER_ACTIVITY_COLUMNS = [
  'id',
  'course_id',
  'id_number',
  'course_name',
  'course_shortname',
  'num_teachers',
  'num_students',
  ...VIEW_COLUMNS,
  'total_views',
  'avg_activity_per_student_per_day',
  'active_days',
  'extraction_date',
  'created_at',
  'updated_at',
  'moodle_course_id',
  'category_id',
  'category_path',
] as const;

const TABLE: LoadedTable<UserActivity> = {
  name: 'user_activity_etl',
  moodleId: 'moodle_course_id',
  columns: [
    'course_id',
    'id_number',
    'course_name',
    'course_shortname',
    'category_id',
    'category_path',
    'num_teachers',
    'num_students',
    ...VIEW_COLUMNS,
    'total_views',
    'avg_activity_per_student_per_day',
    'active_days',
    'other_views',
  ],
};

export async function replaceUserActivity(
  trx: WarehouseTransaction,
  date: string,
  rows: readonly UserActivity[],
  rowsPerStatement: number,
): Promise<Replaced<UserActivity>> {
  return replaceRows(trx, TABLE, rows, { date, rowsPerStatement });
}

/** The views of all courses on a date, as the table has them now. */
export async function totalViewsOf(trx: WarehouseTransaction, date: string): Promise<number> {
  const { views } = await trx
    .selectFrom('user_activity_etl')
    .select((of) => of.fn.sum<number | string | null>('total_views').as('views'))
    .where('extraction_date', '=', date)
    .executeTakeFirstOrThrow();
  return Number(views ?? 0);
}

/** Rows of a page, which is held in memory. */
const ROWS_PER_PAGE = 1000;

/** Which rows of a date to read, in the order of their ids. */
export interface Excerpt {
  /** How many rows; infinite for all. */
  limit: number;
  /** How many rows to skip. */
  offset?: number | undefined;
  /** Only rows with a larger id: paging by it repeats and skips no row that still exists. */
  after?: number | undefined;
}

/**
 * The rows of a date within a scope, in the order of their ids, page after page. Reads on a snapshot, so that all
 * pages are of one moment.
 */
export async function* userActivityPages(
  snapshot: WarehouseTransaction,
  scope: Scope,
  date: string,
  { limit, offset = 0, after = 0 }: Excerpt,
): AsyncGenerator<UserActivityRow[]> {
  const rows = visibleUserActivity(snapshot, scope)
    .select(USER_ACTIVITY_COLUMNS)
    .where('extraction_date', '=', date)
    .orderBy('id');
  let last: UserActivityRow | undefined;
  for (let left = limit; left > 0; ) {
    const size = Math.min(left, ROWS_PER_PAGE);
    // A page begins after the last row of the page before. With an offset the server would read the skipped rows again.
    const from = rows.where('id', '>', last?.id ?? after);
    const page = await from
      .offset(last ? 0 : offset)
      .limit(size)
      .execute();
    if (page.length > 0) yield page;
    if (page.length < size) return;
    last = page.at(-1);
    left -= size;
  }
}

/** How many rows of a date are within a scope. */
export async function countUserActivity(
  warehouse: Kysely<WarehouseTables>,
  scope: Scope,
  date: string,
): Promise<number> {
  const { rows } = await visibleUserActivity(warehouse, scope)
    .select((of) => of.fn.countAll<number>().as('rows'))
    .where('extraction_date', '=', date)
    .executeTakeFirstOrThrow();
  return Number(rows);
}
