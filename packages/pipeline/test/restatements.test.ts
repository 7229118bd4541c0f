import { dayOf, today } from '@etl/core';
import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { restatedCourses, restatementsReport, USER_ACTIVITY_COLUMNS } from '@etl/warehouse';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches, SETTINGS } from './support.ts';

const DATE = '2024-01-15';
const day = dayOf(DATE, 'UTC');

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
});

afterAll(() => databases?.close());

const TABLES = [
  'log_scheduler',
  'user_activity_etl',
  'restatements',
  'restatement_categories',
  'restatement_courses',
] as const;

beforeEach(async () => {
  for (const table of TABLES) await databases.warehouse.deleteFrom(table).execute();
  await withConnection(databases.sourceUrl, async (source) => {
    await source.query('DROP TABLE IF EXISTS mdl_config');
    await fillSampleMoodle(source, { ...SAMPLE_DEFAULTS, courses: 40, rowsPerDay: 1000, timeZone: 'UTC' });
  });
});

const run = (options: Parameters<typeof runBatches>[3] = {}, zone = 'UTC', date = DATE) =>
  runBatches(databases, date, zone, options);

const moodle = (...statements: string[]) =>
  withConnection(databases.sourceUrl, async (source) => {
    for (const statement of statements) await source.query(statement);
  });

async function numberIn(statement: string): Promise<number> {
  const [rows] = await withConnection(databases.sourceUrl, (source) =>
    source.query<RowDataPacket[]>(statement),
  );
  return Number(Object.values(rows[0] ?? {})[0]);
}

/** The merged rows, by the id of their course. */
async function merged(date = DATE) {
  const rows = await databases.warehouse
    .selectFrom('user_activity_etl')
    .select(USER_ACTIVITY_COLUMNS)
    .where('extraction_date', '=', date)
    .orderBy('total_views', 'desc')
    .orderBy('moodle_course_id')
    .execute();
  return new Map(
    rows.map(({ id, created_at, updated_at, extraction_date, ...row }) => [
      Number(row.moodle_course_id),
      { ...row, avg_activity_per_student_per_day: numberOf(row.avg_activity_per_student_per_day) },
    ]),
  );
}

/** A restatement gives a decimal as a number. */
const numberOf = (decimal: string | null) => (decimal === null ? null : Number(decimal));

type Rows = Awaited<ReturnType<typeof merged>>;

/** The restatements, newest first, each with its courses. */
async function restatements() {
  const { warehouse } = databases;
  const range = { from: '2000-01-01', to: '2100-01-01' };
  const found = await restatementsReport(warehouse, 'everything', range, { limit: 100 }, 'UTC');
  return Promise.all(
    found.map(async (restatement) => ({
      ...restatement,
      courses: await restatedCourses(warehouse, 'everything', restatement.id, { limit: 1000 }),
    })),
  );
}

/** Which courses differ between two states of the rows, and in which columns, compared here one by one. */
function differences(before: Rows, after: Rows) {
  const ids = [...new Set([...before.keys(), ...after.keys()])].toSorted((a, b) => a - b);
  return ids.flatMap((id) => {
    const [old, now] = [before.get(id), after.get(id)];
    const columns = Object.keys(old ?? now ?? {}).filter((column) => column !== 'moodle_course_id');
    const value = (row: typeof old, column: string) => row?.[column as keyof typeof row];
    const differing = columns.filter((column) => value(old, column) !== value(now, column));
    if (differing.length === 0) return [];
    const isAll = !old || !now || old.category_id !== now.category_id;
    const shown = (row: typeof old) =>
      row
        ? Object.fromEntries((isAll ? columns : differing).map((column) => [column, value(row, column)]))
        : null;
    return [{ moodle_course_id: id, old: shown(old), new: shown(now) }];
  });
}

function totals(rows: Rows) {
  const sum = (column: 'total_views' | 'num_students' | 'quiz_views') =>
    [...rows.values()].reduce((all, row) => all + row[column], 0);
  return {
    courses: rows.size,
    total_views: sum('total_views'),
    num_students: sum('num_students'),
    quiz_views: sum('quiz_views'),
  };
}

/** Runs the date, changes something, runs it again. Compares what was recorded with the rows before and after. */
async function changed(change: () => Promise<void>, again: () => Promise<unknown> = () => run()) {
  await run();
  const before = await merged();
  await change();
  await again();
  const after = await merged();
  const found = await restatements();
  expect(found).toHaveLength(1);
  const [restatement] = found;
  const expected = differences(before, after);
  expect(expected.length).toBeGreaterThan(0);
  expect(restatement?.courses).toMatchObject(expected);
  expect(restatement?.courses_changed).toBe(expected.length);
  expect(restatement).toMatchObject({ extraction_date: DATE, old: totals(before), new: totals(after) });
  return { restatement, before, after };
}

/** A course with views, and the rows of its views. */
async function viewed() {
  const [course] = await merged();
  return Number(course?.[0]);
}

const isView = (id: number) =>
  `courseid = ${id} AND contextlevel = 70 AND action = 'viewed' AND component = 'mod_quiz'
   AND timecreated >= ${day.start} AND timecreated < ${day.end}`;

const copyRows = (id: number, rows: number) => {
  const columns = `eventname, component, action, target, crud, edulevel, contextid, contextlevel, contextinstanceid, userid, courseid, timecreated`;
  return `INSERT INTO mdl_logstore_standard_log (${columns}) SELECT ${columns} FROM mdl_logstore_standard_log WHERE ${isView(id)} LIMIT ${rows}`;
};

describe('a restatement', () => {
  it('late rows restate exactly the courses that they are of', async () => {
    const { restatement } = await changed(async () => moodle(copyRows(await viewed(), 3)));
    expect(restatement?.why).toEqual(['late_rows']);
    expect(restatement?.courses).toHaveLength(1);
    expect((restatement?.new.quiz_views ?? 0) - (restatement?.old.quiz_views ?? 0)).toBe(3);
  });

  it('a run again without a change records nothing, and neither does a merge again', async () => {
    await run();
    await run();
    await run({ batches: ['main_etl'] });
    expect(await restatements()).toEqual([]);
    await moodle(copyRows(await viewed(), 1));
    await run();
    await run();
    await run({ batches: ['main_etl'] });
    expect(await restatements()).toHaveLength(1);
  });

  it('a forced run of a day that Moodle has cleaned up says that it was forced', async () => {
    const { restatement } = await changed(
      async () => moodle(`DELETE FROM mdl_logstore_standard_log WHERE ${isView(await viewed())} LIMIT 2`),
      () => run({ force: true }),
    );
    expect(restatement?.why).toEqual(['forced']);
  });

  it('a course that is renamed, moved, hidden or shown has changed', async () => {
    const { restatement, before } = await changed(async () => {
      const [renamed, moved, hidden] = [...(await merged()).values()];
      const other = [...(await merged()).values()].find((row) => row.category_id !== moved?.category_id);
      await moodle(
        `UPDATE mdl_course SET fullname = 'Renamed' WHERE id = ${renamed?.moodle_course_id}`,
        `UPDATE mdl_course SET category = ${other?.category_id} WHERE id = ${moved?.moodle_course_id}`,
        `UPDATE mdl_course SET visible = 0 WHERE id = ${hidden?.moodle_course_id}`,
      );
    });
    expect(restatement?.why).toEqual(['course_changed']);
    const [renamed, moved, hidden] = [...before.keys()];
    const course = (id: number | undefined) =>
      restatement?.courses.find(({ moodle_course_id }) => moodle_course_id === id);
    expect(course(renamed)).toMatchObject({ course_name: 'Renamed', new: { course_name: 'Renamed' } });
    expect(Object.keys(course(renamed)?.old ?? {})).toEqual(['course_name']);
    expect(course(moved)?.old?.total_views).toBe(course(moved)?.new?.total_views);
    expect(course(hidden)).toMatchObject({ new: null, why: ['course_changed'] });

    await moodle(`UPDATE mdl_course SET visible = 1 WHERE id = ${hidden}`);
    await run();
    const [shown] = await restatements();
    expect(shown?.courses).toMatchObject([{ moodle_course_id: hidden, old: null, why: ['course_changed'] }]);
  });

  it('enrolments that changed restate the course, beside late rows of others', async () => {
    const { restatement } = await changed(async () => {
      const [first, second] = [...(await merged()).keys()];
      await moodle(
        `INSERT INTO mdl_role_assignments (roleid, contextid, userid, component, itemid, timemodified, modifierid, sortorder)
         SELECT 5, id, 99999, '', 0, 0, 0, 0 FROM mdl_context WHERE contextlevel = 50 AND instanceid = ${second}`,
        copyRows(first ?? 0, 2),
      );
    });
    expect(restatement?.why).toEqual(['late_rows', 'enrolments_changed']);
    expect(restatement?.courses.map(({ why }) => why).toSorted()).toEqual([
      ['enrolments_changed'],
      ['late_rows'],
    ]);
    expect((restatement?.new.num_students ?? 0) - (restatement?.old.num_students ?? 0)).toBe(1);
  });

  it('other roles and another time zone are other settings', async () => {
    const roles = { ...SETTINGS, roles: { students: [4], teachers: [3] } };
    const { restatement } = await changed(
      async () => {},
      () => run({ settings: roles }),
    );
    expect(restatement?.why).toEqual(['settings']);
    await run({ settings: roles, force: true }, 'Asia/Jakarta');
    const [newest] = await restatements();
    expect(newest?.why).toEqual(['settings']);
    expect(newest?.courses.length).toBeGreaterThan(5);
  });

  it('views that changed although the log has as many rows as before are of a rerun', async () => {
    const { restatement } = await changed(async () => {
      const id = await viewed();
      const row = await numberIn(`SELECT MIN(id) FROM mdl_logstore_standard_log WHERE ${isView(id)}`);
      await moodle(`UPDATE mdl_logstore_standard_log SET component = 'mod_url' WHERE id = ${row}`);
    });
    expect(restatement?.why).toEqual(['rerun']);
    expect(restatement?.courses).toMatchObject([{ old: { quiz_views: expect.any(Number) } }]);
    expect(restatement?.old.total_views).toBe(restatement?.new.total_views);
  });

  it('provisional figures make no restatement', async () => {
    const date = today('UTC', new Date());
    await run({}, 'UTC', date);
    await moodle(`UPDATE mdl_course SET fullname = CONCAT(fullname, '!')`);
    await run({}, 'UTC', date);
    expect(await restatements()).toEqual([]);
  });

  it('a merge that is rolled back records nothing, and its next attempt records it once', async () => {
    await run();
    await moodle(copyRows(await viewed(), 1));
    const { warehouse } = databases;
    await run({ batches: ['activity_counts', 'user_counts'] });
    const fails = run({
      batches: ['main_etl'],
      afterLoad: async () => {
        throw new Error('the worker dies');
      },
    });
    await expect(fails).rejects.toThrow('the worker dies');
    expect(await restatements()).toEqual([]);
    expect(await warehouse.selectFrom('restatement_courses').selectAll().execute()).toEqual([]);
    await warehouse
      .updateTable('log_scheduler')
      .set({ active_key: null, status: 3 })
      .where('status', '<>', 1)
      .execute();
    await run({ batches: ['main_etl'] });
    expect(await restatements()).toHaveLength(1);
  });
});
