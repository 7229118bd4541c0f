import type { Insertable, Selectable } from 'kysely';
import { type DailyTable, replaceDate } from './replace-date.ts';
import type { UserActivityTable } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

/** A course's merged figures of a day. */
export type UserActivity = Omit<Insertable<UserActivityTable>, 'id' | 'extraction_date'>;
export type UserActivityRow = Selectable<UserActivityTable>;

const TABLE: DailyTable<UserActivity> = {
  name: 'user_activity_etl',
  courseColumn: 'moodle_course_id',
  columns: [
    'course_id',
    'id_number',
    'course_name',
    'course_shortname',
    'category_id',
    'category_path',
    'num_teachers',
    'num_students',
    'file_views',
    'video_views',
    'forum_views',
    'quiz_views',
    'assignment_views',
    'url_views',
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
  await replaceDate(trx, TABLE, date, rows, rowsPerStatement);
}

/** Rows that a page of a long read holds in memory. */
const ROWS_PER_PAGE = 1000;

/** All the date's rows. */
const ALL = { limit: Number.POSITIVE_INFINITY, offset: 0 };

/**
 * The date's rows in the order of their ids, page after page. `limit` and `offset` in rows. On a snapshot, where there may be more than a
 * page: the rows are to be of one moment.
 */
export async function* userActivityPages(
  snapshot: WarehouseTransaction,
  date: string,
  { limit, offset } = ALL,
): AsyncGenerator<UserActivityRow[]> {
  const rows = snapshot
    .selectFrom('user_activity_etl')
    .selectAll()
    .where('extraction_date', '=', date)
    .orderBy('id');
  let last: UserActivityRow | undefined;
  for (let left = limit; left > 0; ) {
    const size = Math.min(left, ROWS_PER_PAGE);
    // Each page from the last row of the one before: an offset would read again all that it skips.
    const page = await (last ? rows.where('id', '>', last.id) : rows.offset(offset)).limit(size).execute();
    if (page.length > 0) yield page;
    if (page.length < size) return;
    last = page.at(-1);
    left -= size;
  }
}
