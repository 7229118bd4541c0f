import { dayOf, VIEW_KINDS } from '@etl/core';
import type { Connection } from 'mysql2/promise';
import type { BenchmarkMoodle } from './benchmark-moodle.ts';
import { seedOf } from './seed.ts';

/** Views of these are equally frequent. No figure counts the last one. */
const MODULES = [...VIEW_KINDS.map(({ component }) => component), 'mod_folder'];

/**
 * The log of a day, in the order in which Moodle writes it: `timecreated` goes back by up to 90 seconds, because
 * Moodle writes events when their request ends. Courses with small ids are busy: the first tenth has almost half of
 * all rows. Seven rows in ten are views of an activity. The others are course pages, changes, logins, and rows of
 * fifty deleted courses.
 */
export async function fillLogOfDay(
  connection: Connection,
  date: string,
  { rowsPerDay, courses }: BenchmarkMoodle,
): Promise<void> {
  const { start } = dayOf(date, 'UTC');
  await connection.query('SET rand_seed1 = ?, rand_seed2 = ?', seedOf(date));
  await connection.query(
    `INSERT INTO mdl_logstore_standard_log (eventname, component, action, target, objecttable, objectid, crud, edulevel,
       contextid, contextlevel, contextinstanceid, userid, courseid, relateduserid, anonymous, other, timecreated, origin, ip,
       realuserid)
     SELECT CONCAT('\\\\', component, '\\\\event\\\\', target, '_', action), component, action, target,
       IF(contextlevel = 70, SUBSTRING(component, 5), NULL), IF(contextlevel = 70, contextinstanceid, NULL),
       IF(action IN ('viewed', 'loggedin'), 'r', 'u'), IF(contextlevel = 70, 2, 0),
       contextinstanceid + 100000, contextlevel, contextinstanceid, userid, courseid, NULL, 0,
       IF(contextlevel = 70, CONCAT('{"instanceid":"', contextinstanceid, '"}'), 'N;'), timecreated,
       IF(user_chance < 0.2, 'ws', 'web'), CONCAT('192.0.2.', userid % 250), NULL
     FROM (
       SELECT
         IF(contextlevel = 70, component_drawn, 'core') AS component,
         CASE WHEN kind < 0.04 THEN 'loggedin' WHEN kind >= 0.20 AND kind < 0.30 THEN 'updated' ELSE 'viewed' END AS action,
         CASE WHEN kind < 0.04 THEN 'user' WHEN kind >= 0.06 AND kind < 0.20 THEN 'course' ELSE 'course_module' END AS target,
         contextlevel, user_chance, timecreated, 1000 + FLOOR(user_chance * 30000) AS userid,
         CASE WHEN kind < 0.02 THEN NULL WHEN kind < 0.04 THEN 0 WHEN kind < 0.06 THEN ? + course_drawn % 50 ELSE course_drawn END
           AS courseid,
         course_drawn * 10 + FLOOR(component_chance * ?) AS contextinstanceid
       FROM (
         SELECT kind, component_chance, user_chance,
           CASE WHEN kind < 0.04 THEN 10 WHEN kind >= 0.06 AND kind < 0.20 THEN 50 ELSE 70 END AS contextlevel,
           ELT(1 + FLOOR(component_chance * ?), ?) AS component_drawn,
           2 + FLOOR(POW(course_chance, 3) * ?) AS course_drawn,
           ? + FLOOR((seq - 1) * 86400 / ?) - FLOOR(delay_chance * 90) AS timecreated
         FROM (
           SELECT seq, RAND() AS kind, RAND() AS component_chance, RAND() AS course_chance, RAND() AS user_chance,
             RAND() AS delay_chance
           FROM seq_1_to_${rowsPerDay} LIMIT ${rowsPerDay}
         ) AS drawn
       ) AS requests
     ) AS events`,
    [courses + 2, MODULES.length, MODULES.length, MODULES, courses, start, rowsPerDay],
  );
}

/**
 * Adds rows with old times at the end of the log, as the restore of a course does. Returns a function that deletes
 * them.
 */
export async function addStrayRows(
  connection: Connection,
  { rows, from, to }: { rows: number; from: number; to: number },
): Promise<() => Promise<void>> {
  await connection.query('SET rand_seed1 = 1, rand_seed2 = 2');
  const [inserted] = await connection.query(
    `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel, contextinstanceid, userid,
       courseid, timecreated, origin)
     SELECT 'mod_page', 'viewed', 2, 1, 70, 1, 1000, 2, ? + FLOOR(RAND() * ?), 'restore' FROM seq_1_to_${rows}`,
    [from, to - from],
  );
  const first = (inserted as { insertId: number }).insertId;
  return async () => {
    await connection.query('DELETE FROM mdl_logstore_standard_log WHERE id >= ?', [first]);
  };
}
