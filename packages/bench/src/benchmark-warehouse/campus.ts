import type { Connection } from 'mysql2/promise';
import { seedOf } from '../benchmark-moodle/seed.ts';
import type { BenchmarkWarehouse } from './benchmark-warehouse.ts';

/** The generator's list of courses, beside the system's tables. `fillDay` makes rows of it. */
export const COURSES = 'benchmark_courses';

const HIDDEN_DAYS = 60;

/** Of ten categories, one is a directorate, two are units, and the others are below units. */
function levelsOf(categories: number) {
  const directorates = Math.max(1, Math.round(categories / 10));
  return { directorates, units: Math.min(categories - directorates, 2 * directorates) };
}

/** The category tree in three levels. Ids begin at 1, level by level. */
export async function fillCategories(connection: Connection, categories: number): Promise<void> {
  const { directorates, units } = levelsOf(categories);
  const upper = directorates + units;
  // The ids of the categories above, from the id alone.
  const unit = `${directorates + 1} + (seq - ${upper + 1}) % ${Math.max(1, units)}`;
  const directorateOf = (id: string) => `1 + (${id} - ${directorates + 1}) % ${directorates}`;
  await connection.query(
    `INSERT INTO course_categories_etl (id, parent, depth, path, idnumber, name)
     SELECT seq,
       CASE WHEN seq <= ${directorates} THEN 0 WHEN seq <= ${upper} THEN ${directorateOf('seq')} ELSE ${unit} END,
       CASE WHEN seq <= ${directorates} THEN 1 WHEN seq <= ${upper} THEN 2 ELSE 3 END,
       CASE WHEN seq <= ${directorates} THEN CONCAT('/', seq)
         WHEN seq <= ${upper} THEN CONCAT('/', ${directorateOf('seq')}, '/', seq)
         ELSE CONCAT('/', ${directorateOf(`(${unit})`)}, '/', ${unit}, '/', seq) END,
       CONCAT('F', seq), CONCAT('Category ', seq)
     FROM seq_1_to_${categories}`,
  );
}

/**
 * Courses 2 to `courses` + 1 with all that makes their rows. Of a hundred courses, one is new, one is deleted, one is
 * hidden for some weeks and three move to another category. One in twelve falls silent. A course's share of the days
 * with activity, and its views, fall steeply from the most popular course to the least.
 */
export async function fillCourses(
  connection: Connection,
  { courses, categories, dates }: BenchmarkWarehouse,
): Promise<void> {
  const days = dates.length;
  await connection.query(
    `CREATE OR REPLACE TABLE ${COURSES} (
       id bigint NOT NULL PRIMARY KEY, category bigint NOT NULL, later_category bigint NOT NULL,
       moves_on int NOT NULL, begins_on int NOT NULL, ends_on int NOT NULL, hides_on int NOT NULL, returns_on int NOT NULL,
       silent_on int NOT NULL, popularity double NOT NULL, students int NOT NULL, teachers int NOT NULL
     )`,
  );
  await connection.query('SET rand_seed1 = ?, rand_seed2 = ?', seedOf('warehouse'));
  await connection.query(
    `INSERT INTO ${COURSES}
     SELECT seq + 1, 1 + FLOOR(POW(in_category, 0.8) * ?), 1 + FLOOR(in_later_category * ?),
       IF(seq % 29 = 5, FLOOR(moment * ?), ?), IF(seq % 100 = 4, FLOOR(moment * ?), 0), IF(seq % 100 = 34, FLOOR(moment * ?), ?),
       IF(seq % 100 = 64, FLOOR(moment * ?), ?), IF(seq % 100 = 64, FLOOR(moment * ?) + ${HIDDEN_DAYS}, ?),
       IF(seq % 12 = 7, FLOOR(moment * ?), ?), popularity, IF(seq % 50 = 9, 0, 5 + FLOOR(POW(size, 3) * 300)), seq % 4
     FROM (
       SELECT seq, RAND() AS in_category, RAND() AS in_later_category, RAND() AS moment, 0.02 + 0.9 * POW(RAND(), 1.5) AS popularity,
         RAND() AS size
       FROM seq_1_to_${courses} LIMIT ${courses}
     ) AS drawn`,
    [categories, categories, ...Array<number>(11).fill(days)],
  );
}
