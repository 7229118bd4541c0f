import type { Insertable, Selectable } from 'kysely';
import { type DailyTable, replaceDate } from './replace-date.ts';
import type { UserActivityTable } from './tables.ts';
import type { Warehouse, WarehouseTransaction } from './warehouse.ts';

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

/** The date's rows in the order of their ids; `limit` and `offset` in rows. */
export async function userActivityOf(
  warehouse: Warehouse,
  date: string,
  page?: { limit: number; offset: number },
): Promise<UserActivityRow[]> {
  const all = warehouse.selectFrom('user_activity_etl').selectAll().where('extraction_date', '=', date);
  const paged = page ? all.limit(page.limit).offset(page.offset) : all;
  return paged.orderBy('id').execute();
}
