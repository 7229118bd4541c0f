import { sql } from 'kysely';
import { literalId, type MoodleId, oneOf, read, type Source, table } from './source.ts';
import type { RoleIds } from './user-counts.ts';

/** A course as the documentation's merge joins it, whether the merge leaves it out or not. */
export interface DocumentedCourse {
  moodle_course_id: MoodleId;
  id_number: string;
  course_name: string;
  course_shortname: string;
  /** 1 if people can see it. */
  visible: number;
  /** Null if the course has no category, or one that does not exist. */
  category_id: MoodleId | null;
  category_path: string | null;
  /** The idnumber of the category. */
  course_id: string | null;
}

/** The columns and tables of the documented merge. */
const courses = (source: Source) => sql<DocumentedCourse>`
  SELECT subjects.id AS moodle_course_id, subjects.idnumber AS id_number, subjects.fullname AS course_name,
    subjects.shortname AS course_shortname, subjects.visible, categories.id AS category_id,
    categories.path AS category_path, categories.idnumber AS course_id
  FROM ${table(source, 'course')} subjects
  LEFT JOIN ${table(source, 'course_categories')} categories ON subjects.category = categories.id`;

/** The next `limit` courses after an id, ordered by id. */
export async function documentedCoursesAfter(
  source: Source,
  id: MoodleId,
  limit: number,
  signal: AbortSignal,
): Promise<DocumentedCourse[]> {
  return read(
    source,
    sql<DocumentedCourse>`${courses(source)} WHERE subjects.id > ${literalId(id)} ORDER BY subjects.id LIMIT ${limit}`,
    signal,
  );
}

/** One course. Undefined if it does not exist. */
export async function documentedCourse(
  source: Source,
  id: MoodleId,
  signal: AbortSignal,
): Promise<DocumentedCourse | undefined> {
  const [course] = await read(
    source,
    sql<DocumentedCourse>`${courses(source)} WHERE subjects.id = ${literalId(id)}`,
    signal,
  );
  return course;
}

export interface DocumentedEnrolments {
  courseid: MoodleId;
  num_students: number;
  num_teachers: number;
}

/** The enrolment counts of the courses from one id to another, by the documentation's SQL. */
export async function documentedEnrolments(
  source: Source,
  roles: RoleIds,
  { first, last }: { first: MoodleId; last: MoodleId },
  signal: AbortSignal,
): Promise<DocumentedEnrolments[]> {
  return read(
    source,
    sql<DocumentedEnrolments>`
      SELECT
        ctx.instanceid AS courseid,
        COUNT(DISTINCT CASE WHEN ra.roleid ${oneOf(roles.students)} THEN ra.userid END) AS num_students,
        COUNT(DISTINCT CASE WHEN ra.roleid ${oneOf(roles.teachers)} THEN ra.userid END) AS num_teachers
      FROM ${table(source, 'role_assignments')} ra
      JOIN ${table(source, 'context')} ctx ON ra.contextid = ctx.id
      WHERE ctx.contextlevel = 50 AND ctx.instanceid BETWEEN ${literalId(first)} AND ${literalId(last)}
      GROUP BY ctx.instanceid`,
    signal,
  );
}
