import { VIEW_COLUMNS } from '@etl/core';
import type { Connection } from 'mysql2/promise';
import { COURSES } from './campus.ts';

/** How busy a day is, from Monday to Sunday. */
const WEEKDAYS = [1, 1, 0.95, 0.9, 0.7, 0.3, 0.25];

/** How busy a month is, from January on: semesters and holidays. */
const MONTHS = [0.5, 0.9, 1, 1, 1, 0.8, 0.2, 0.2, 0.9, 1, 1, 0.7];

/** Views of the first kind of a popular course on a busy day, at most. Each further kind has fewer. */
const MOST_VIEWS = 120;

/**
 * Writes the rows of one date as a merge does. `index` counts the dates from 0. Enrolments of a course change every
 * thirty days. The seeds of RAND() decide the views.
 */
export async function fillDay(connection: Connection, date: string, index: number): Promise<void> {
  const { dayOfWeek, month } = Temporal.PlainDate.from(date);
  const busy = (WEEKDAYS[dayOfWeek - 1] ?? 1) * (MONTHS[month - 1] ?? 1);
  // The fractional part of a multiple of one random number: kinds differ, and each row draws two numbers only.
  const views = VIEW_COLUMNS.map(
    (column, kind) =>
      `IF(is_active, FLOOR(MOD(amount * ${7 * kind + 1}, 1) * popularity * ${(MOST_VIEWS / (kind + 1)).toFixed(1)} * ?), 0) AS ${column}`,
  );
  const total = VIEW_COLUMNS.join(' + ');
  await connection.query(
    `INSERT INTO user_activity_etl (moodle_course_id, course_id, id_number, course_name, course_shortname, category_id,
       category_path, num_teachers, num_students, ${VIEW_COLUMNS.join(', ')}, total_views, avg_activity_per_student_per_day,
       active_days, extraction_date, created_at, updated_at)
     SELECT counted.id, COALESCE(tree.idnumber, ''), CONCAT('C', LPAD(counted.id, 6, '0')),
       CONCAT('Introduction to subject ', counted.id, ' and its methods'), CONCAT('SUB-', counted.id), counted.category,
       COALESCE(tree.path, ''), teachers, students, ${VIEW_COLUMNS.join(', ')}, ${total},
       CASE WHEN students > 0 AND is_active THEN ROUND((${total}) / students, 2) END, is_active, ?,
       TIMESTAMP(?, '02:05:00') + INTERVAL 1 DAY, TIMESTAMP(?, '02:05:00') + INTERVAL 1 DAY
     FROM (
       SELECT id, category, teachers, students, is_active, ${views.join(', ')}
       FROM (
         SELECT id, IF(? < moves_on, category, later_category) AS category, teachers, popularity,
           IF(students = 0, 0, students + (? DIV 30 + id) % 7) AS students,
           ? < silent_on AND RAND() < popularity * ? AS is_active, RAND() AS amount
         FROM ${COURSES}
         WHERE ? >= begins_on AND ? < ends_on AND NOT (? >= hides_on AND ? < returns_on)
         ORDER BY id LIMIT 1000000000
       ) AS drawn
     ) AS counted
     LEFT JOIN course_categories_etl AS tree ON tree.id = counted.category
     ORDER BY counted.id`,
    [
      ...[date, date, date],
      ...VIEW_COLUMNS.map(() => busy),
      ...[index, index, index, busy],
      ...[index, index, index, index],
    ],
  );
}
