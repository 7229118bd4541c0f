import { sqlLiteral } from '@etl/core';
import { CompiledQuery, type Insertable } from 'kysely';
import type { LeftOutCoursesTable } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

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
  rowsPerStatement: number,
): Promise<void> {
  await trx.deleteFrom('left_out_courses').where('extraction_date', '=', date).execute();
  const insert = `INSERT INTO left_out_courses (extraction_date, ${COLUMNS.join(', ')}) VALUES `;
  for (let done = 0; done < courses.length; done += rowsPerStatement) {
    const tuples = courses
      .slice(done, done + rowsPerStatement)
      .map((course) => `(${[date, ...COLUMNS.map((column) => course[column])].map(sqlLiteral).join(',')})`);
    await trx.executeQuery(CompiledQuery.raw(insert + tuples.join(',')));
  }
}
