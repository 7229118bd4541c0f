import type { Connection } from 'mysql2/promise';
import type { BenchmarkMoodle } from './benchmark-moodle.ts';
import { seedOf } from './seed.ts';

const CATEGORIES = 200;
const USERS = 30_000;

/**
 * Courses 2 to `courses` + 1 in categories of two levels; one in ten is hidden, one category in ten has no idnumber.
 */
export async function fillCourses(connection: Connection, courses: number): Promise<void> {
  await connection.query(
    `INSERT INTO mdl_course_categories (id, name, idnumber, parent, depth, path)
     SELECT seq, CONCAT('Category ', seq), IF(seq % 10 = 3, NULL, CONCAT('F', seq)), IF(seq <= 10, 0, seq % 10 + 1),
       IF(seq <= 10, 1, 2), IF(seq <= 10, CONCAT('/', seq), CONCAT('/', seq % 10 + 1, '/', seq))
     FROM seq_1_to_${CATEGORIES}`,
  );
  await connection.query(
    `INSERT INTO mdl_course (id, category, fullname, shortname, idnumber, visible, summary)
     SELECT seq + 1, 1 + seq % ${CATEGORIES}, CONCAT('Introduction to subject ', seq, ' and its methods'),
       CONCAT('SUB-', seq), IF(seq % 3 = 0, '', CONCAT('C', LPAD(seq, 6, '0'))), IF(seq % 10 = 7, 0, 1), REPEAT('About it. ', 30)
     FROM seq_1_to_${courses}`,
  );
}

/** A context for each course, for ten activities in each, and for each user. */
export async function fillContexts(connection: Connection, courses: number): Promise<void> {
  const fill = (level: number, from: string) =>
    connection.query(
      `INSERT INTO mdl_context (contextlevel, instanceid, path, depth) SELECT ${level}, ${from} ORDER BY 2`,
    );
  await fill(50, `seq + 1, CONCAT('/1/', seq), 3 FROM seq_1_to_${courses}`);
  await fill(70, `seq + 19, CONCAT('/1/3/', seq), 4 FROM seq_1_to_${courses * 10}`);
  await fill(30, `seq + 999, CONCAT('/1/', seq), 2 FROM seq_1_to_${USERS}`);
}

/** Nine in ten assignments are of students. Busy courses have more of them, and some people hold a role twice. */
export async function fillRoleAssignments(
  connection: Connection,
  { courses, roleAssignments }: BenchmarkMoodle,
): Promise<void> {
  await connection.query('SET rand_seed1 = ?, rand_seed2 = ?', seedOf('roles'));
  await connection.query(
    `INSERT INTO mdl_role_assignments (roleid, contextid, userid, component, itemid)
     SELECT CASE WHEN role_chance < 0.9 THEN 5 WHEN role_chance < 0.95 THEN 4 WHEN role_chance < 0.98 THEN 3 ELSE 1 END,
       context.id, 1000 + FLOOR(user_chance * ${USERS}), '', 0
     FROM (
       SELECT seq, RAND() AS role_chance, RAND() AS user_chance, 2 + FLOOR(POW(RAND(), 1.5) * ?) AS course
       FROM seq_1_to_${roleAssignments} LIMIT ${roleAssignments}
     ) AS drawn
     -- In the order in which they were drawn: people enrol over the years, not course by course.
     STRAIGHT_JOIN mdl_context context ON context.contextlevel = 50 AND context.instanceid = drawn.course`,
    [courses],
  );
}
