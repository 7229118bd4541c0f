import { VIEW_COLUMNS } from '@etl/core';
import type { Insertable, Kysely, Selectable } from 'kysely';
import { type LoadedTable, replaceRows } from './replace-rows.ts';
import { type Scope, visibleUserActivity } from './scope.ts';
import type { UserActivityTable, WarehouseTables } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

/** A course's merged figures of a day. */
export type UserActivity = Omit<Insertable<UserActivityTable>, 'id' | 'extraction_date'>;
export type UserActivityRow = Selectable<UserActivityTable>;

/** The columns of a row, in the order of the API's documented fields. */
const SHOWN_COLUMNS = [
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
  ],
};

export async function replaceUserActivity(
  trx: WarehouseTransaction,
  date: string,
  rows: readonly UserActivity[],
  rowsPerStatement: number,
): Promise<void> {
  await replaceRows(trx, TABLE, rows, { date, rowsPerStatement });
}

/** Rows that a page of a long read holds in memory. */
const ROWS_PER_PAGE = 1000;

/** Which of a date's rows, in the order of their ids. */
export interface Excerpt {
  /** Rows, infinite for all. */
  limit: number;
  /** Rows that are left out at the beginning. */
  offset?: number | undefined;
  /** Only rows with a larger id: what a reader has had already stays away, whatever has come or gone meanwhile. */
  after?: number | undefined;
}

/**
 * The rows of a date that a scope lets be read, in the order of their ids, page after page. On a snapshot, where there may be more
 * than a page: the rows are to be of one moment.
 */
export async function* userActivityPages(
  snapshot: WarehouseTransaction,
  scope: Scope,
  date: string,
  { limit, offset = 0, after = 0 }: Excerpt,
): AsyncGenerator<UserActivityRow[]> {
  const rows = visibleUserActivity(snapshot, scope)
    .select(SHOWN_COLUMNS)
    .where('extraction_date', '=', date)
    .orderBy('id');
  let last: UserActivityRow | undefined;
  for (let left = limit; left > 0; ) {
    const size = Math.min(left, ROWS_PER_PAGE);
    // Each page from the last row of the one before: an offset would read again all that it skips.
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

/** How many rows of a date a scope lets be read. */
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
