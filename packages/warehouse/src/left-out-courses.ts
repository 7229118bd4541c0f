import type { Insertable } from 'kysely';
import { insertValues } from './insert-values.ts';
import type { LeftOutCoursesTable } from './restatement-tables.ts';
import type { MoodleId } from './tables.ts';
import type { Warehouse, WarehouseTransaction } from './warehouse.ts';

/** A course that a merge left out, and why. */
export type LeftOutCourse = Required<Omit<Insertable<LeftOutCoursesTable>, 'extraction_date'>>;

const COLUMNS = [
  'moodle_course_id',
  'reason',
  'views',
  'category_id',
  'id_number',
  'course_name',
  'course_shortname',
] as const satisfies (keyof LeftOutCourse)[];

/** Leaves exactly these courses as those that the merge of the date left out. */
export async function replaceLeftOutCourses(
  trx: WarehouseTransaction,
  date: string,
  courses: readonly LeftOutCourse[],
): Promise<void> {
  await trx.deleteFrom('left_out_courses').where('extraction_date', '=', date).execute();
  await insertValues(
    trx,
    'left_out_courses',
    ['extraction_date', ...COLUMNS],
    courses.map((course) => [date, ...COLUMNS.map((column) => course[column])]),
  );
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
