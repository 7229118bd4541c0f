import { addDays } from '@etl/core';
import type { Insertable } from 'kysely';
import { lastCompletedDate } from './log-scheduler/newest-completed.ts';
import { type LoadedTable, replaceRows } from './replace-rows.ts';
import type { LeftOutCoursesTable } from './restatement-tables.ts';
import type { MoodleId } from './tables.ts';
import type { Warehouse, WarehouseTransaction } from './warehouse.ts';

/** A course that a merge left out, and why. */
export type LeftOutCourse = Required<Omit<Insertable<LeftOutCoursesTable>, 'id' | 'extraction_date'>>;

const TABLE: LoadedTable<LeftOutCourse> = {
  name: 'left_out_courses',
  moodleId: 'moodle_course_id',
  columns: ['reason', 'views', 'category_id', 'id_number', 'course_name', 'course_shortname'],
};

/** Far below what a statement may hold (max_allowed_packet), whatever the names' lengths. */
const ROWS_PER_STATEMENT = 500;

/**
 * A university hides tens of thousands of courses of past years. That a hidden course had no views is the state of
 * Moodle rather than of a date, and people ask for it soon after they miss the course.
 */
export const DATES_WITHOUT_VIEWS = 8;

/** The first date that has left out courses without views. `newest` is the newest completed date. */
function firstWithoutViews(newest: string): string {
  return addDays(newest, 1 - DATES_WITHOUT_VIEWS);
}

/** Whether the merge of a date recorded left out courses without views, and they are still kept. */
export async function hasCoursesWithoutViews(snapshot: Warehouse, date: string): Promise<boolean> {
  const newest = await lastCompletedDate(snapshot);
  return newest !== undefined && date >= firstWithoutViews(newest);
}

/**
 * Leaves exactly these courses as those that the merge of the date left out; without views only those of the newest
 * dates. Merges of several dates must not come here at once: they delete rows of other dates.
 */
export async function replaceLeftOutCourses(
  trx: WarehouseTransaction,
  date: string,
  courses: readonly LeftOutCourse[],
): Promise<void> {
  const completed = (await lastCompletedDate(trx)) ?? date;
  const first = firstWithoutViews(completed > date ? completed : date);
  const kept = date >= first ? courses : courses.filter(({ views }) => views > 0);
  await replaceRows(trx, TABLE, kept, { date, rowsPerStatement: ROWS_PER_STATEMENT });
  await trx
    .deleteFrom('left_out_courses')
    .where('views', '=', 0)
    .where('extraction_date', '<', first)
    .execute();
}

/** A category whose courses a merge left out because it has no idnumber, and their views. */
export interface UnnumberedCategory {
  id: MoodleId;
  /** By the tree of the last merge. Null if that has no such category. */
  name: string | null;
  courses: number;
  views: number;
}

/** The categories without an idnumber whose courses were viewed on a date, most views first. */
export async function unnumberedCategories(
  warehouse: Warehouse,
  date: string,
): Promise<UnnumberedCategory[]> {
  const rows = await warehouse
    .selectFrom('left_out_courses as course')
    .leftJoin('course_categories_etl as category', 'category.id', 'course.category_id')
    .select(['course.category_id as id', 'category.name'])
    .select((of) => [of.fn.countAll<number>().as('courses'), of.fn.sum<number>('course.views').as('views')])
    .where('course.extraction_date', '=', date)
    .where('course.reason', '=', 'category_without_idnumber')
    .where('course.views', '>', 0)
    .groupBy(['course.category_id', 'category.name'])
    .orderBy('views', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(({ id, name, courses, views }) => ({
    id: id ?? 0,
    name,
    courses: Number(courses),
    views: Number(views),
  }));
}
