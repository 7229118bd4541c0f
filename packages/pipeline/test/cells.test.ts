import { averageActivity, dayOf, today, VIEW_KINDS } from '@etl/core';
import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import {
  type Cell,
  explainCell,
  METRICS,
  type Metric,
  MOST_LISTED_COURSES,
  onSnapshot,
  type Scope,
  whyNotCountedText,
} from '@etl/warehouse';
import fc from 'fast-check';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches } from './support.ts';

const CELLS = 1000;
const DATES = ['2024-01-15', '2024-01-16', '2024-01-17'] as const;
const ZONE = 'Asia/Jakarta';
const COURSES = 60;

type Row = Record<string, number | string | null>;

let databases: Databases;
/** A course whose students leave it. */
let withStudents: number;
/** The merged rows of each date after each of its runs, oldest run first: by course. */
const loaded = new Map<string, Map<number, Row>[]>(DATES.map((date) => [date, []]));

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
  await onSource((source) =>
    fillSampleMoodle(source, {
      ...SAMPLE_DEFAULTS,
      courses: COURSES,
      rowsPerDay: 3000,
      dates: [...DATES],
      timeZone: ZONE,
    }),
  );
  // What happens between the runs of a real institution: nothing, late rows, other enrolments, moved and hidden courses.
  await run();
  await run();
  await onSource((source) => source.query(lateRows(DATES[0], 20, 3)));
  await onSource((source) => source.query(lateRows(DATES[1], 21, 5)));
  await run();
  const before = [...(loaded.get(DATES[0])?.at(-1)?.values() ?? [])];
  withStudents = Number(
    before.find((row) => Number(row.moodle_course_id) > 26 && Number(row.num_students) > 0)?.moodle_course_id,
  );
  await onSource(async (source) => {
    await source.query('UPDATE mdl_course SET visible = 0 WHERE id IN (22, 23)');
    await source.query("UPDATE mdl_course SET fullname = 'Renamed' WHERE id = 24");
    await source.query(
      'UPDATE mdl_course SET category = (SELECT MIN(id) FROM mdl_course_categories WHERE idnumber IS NOT NULL) WHERE id = 25',
    );
    await source.query('DELETE FROM mdl_course WHERE id = 26');
    await source.query(
      `DELETE ra FROM mdl_role_assignments ra JOIN mdl_context ctx ON ctx.id = ra.contextid
       WHERE ctx.contextlevel = 50 AND ctx.instanceid = ? AND ra.roleid = 5`,
      [withStudents],
    );
    await source.query(lateRows(DATES[0], 20, 1));
    await source.query(lateRows(DATES[0], withStudents, 2));
  });
  await run();
});

afterAll(() => databases?.close());

const onSource = <Result>(work: (connection: Connection) => Promise<Result>) =>
  withConnection(databases.sourceUrl, work);

function lateRows(date: string, course: number, rows: number): string {
  const { start } = dayOf(date, ZONE);
  const values = Array.from(
    { length: rows },
    (_, index) =>
      `('${index === 0 ? 'mod_folder' : 'mod_quiz'}', 'viewed', 0, 1, 70, 1, 1, ${course}, ${start + 40_000 + index})`,
  );
  return `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel,
    contextinstanceid, userid, courseid, timecreated) VALUES ${values.join(', ')}`;
}

/** Runs every date, and remembers what was loaded. */
async function run(): Promise<void> {
  for (const date of DATES) {
    await runBatches(databases, date, ZONE);
    const rows = await databases.warehouse
      .selectFrom('user_activity_etl')
      .selectAll()
      .where('extraction_date', '=', date)
      .execute();
    loaded.get(date)?.push(new Map(rows.map((row) => [Number(row.moodle_course_id), { ...row }])));
  }
}

const explain = (date: string, course: number, metric: Metric, scope: Scope = 'everything'): Promise<Cell> =>
  onSnapshot(databases.warehouse, (snapshot) =>
    explainCell(snapshot, {
      scope,
      date,
      course: String(course),
      metric,
      timeZone: ZONE,
      today: today(ZONE, new Date()),
      showsRequester: true,
    }),
  );

/** The log rows of each component, course and date, by a statement of its own. */
async function viewsInMoodle(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const date of DATES) {
    const { start, end } = dayOf(date, ZONE);
    const [rows] = await onSource((source) =>
      source.query<RowDataPacket[]>(
        `SELECT courseid, component, COUNT(*) AS views FROM mdl_logstore_standard_log
         WHERE contextlevel = 70 AND action = 'viewed' AND timecreated >= ? AND timecreated < ?
         GROUP BY courseid, component`,
        [start, end],
      ),
    );
    const kinds = VIEW_KINDS.map(({ component }): string => component);
    for (const { courseid, component, views } of rows) {
      const key = `${date} ${courseid} ${kinds.includes(component) ? component : null}`;
      found.set(key, (found.get(key) ?? 0) + Number(views));
    }
  }
  return found;
}

/** The value that a formula's numbers give, by the documented definition of the figure. */
function valueOfFormula(metric: Metric, { numbers }: NonNullable<Cell['formula']>): number | null {
  const all = Object.values(numbers);
  if (metric === 'active_days') return all.some((number) => (number ?? 0) > 0) ? 1 : 0;
  if (metric === 'avg_activity_per_student_per_day') {
    const [views = 0, students = 0, days = 0] = all.map(Number);
    const average = averageActivity(views, students, days);
    return average === null ? null : Number(average);
  }
  return all.reduce<number>((sum, number) => sum + (number ?? Number.NaN), 0);
}

/** The former values of a cell by what was loaded, newest first: each value that a later run replaced. */
function formerValues(date: string, course: number, metric: Metric): (number | null)[] {
  const values = (loaded.get(date) ?? []).map((rows) => {
    const value = rows.get(course)?.[metric] ?? null;
    return value === null ? null : Number(value);
  });
  return values
    .filter((value, index) => index < values.length - 1 && value !== values[index + 1])
    .toReversed();
}

it('the numbers of an explanation, put into its formula, give the value, and its sources are what Moodle has', async () => {
  const moodle = await viewsInMoodle();
  const cell = fc.record({
    date: fc.constantFrom(...DATES),
    course: fc.oneof(fc.integer({ min: 2, max: COURSES + 1 }), fc.integer({ min: 20, max: 28 })),
    metric: fc.constantFrom(...METRICS),
  });
  const seen = { counted: 0, notCounted: 0, history: 0, filters: 0 };
  for (const { date, course, metric } of fc.sample(cell, CELLS)) {
    const found = await explain(date, course, metric);
    const row = loaded.get(date)?.at(-1)?.get(course);
    const name = `${metric} of ${course} on ${date}`;
    if (!row) {
      seen.notCounted += 1;
      expect([found.value, found.formula, found.sources], name).toEqual([null, null, []]);
      expect(found.not_counted?.sentence, name).toBe(
        whyNotCountedText(found.not_counted?.reason ?? 'not_recorded'),
      );
    } else {
      seen.counted += 1;
      expect(found.not_counted, name).toBeNull();
      expect(found.value, name).toBe(row[metric] === null ? null : Number(row[metric]));
      expect(valueOfFormula(metric, found.formula as NonNullable<Cell['formula']>), name).toBe(found.value);
      for (const number of Object.values(found.formula?.numbers ?? {})) {
        expect(found.formula?.with_numbers, name).toContain(String(number));
      }
      for (const { table, component, rows } of found.sources) {
        if (table === 'logstore_standard_log')
          expect(rows, `${component} ${name}`).toBe(moodle.get(`${date} ${course} ${component}`) ?? 0);
      }
    }
    // The filter is a condition that anyone can send to Moodle.
    for (const { table, counted, rows, filter } of found.sources.slice(0, seen.filters < 300 ? 2 : 0)) {
      seen.filters += 1;
      const from =
        counted === 'people'
          ? 'COUNT(DISTINCT userid) AS found FROM mdl_role_assignments JOIN mdl_context AS context ON context.id = contextid'
          : `COUNT(*) AS found FROM mdl_${table}`;
      const [[answer]] = await onSource((source) =>
        source.query<RowDataPacket[]>(`SELECT ${from} WHERE ${filter}`),
      );
      expect(Number(answer?.found), filter).toBe(rows);
    }
    const history = found.history.map(({ value }) => value);
    if (history.length > 0) seen.history += 1;
    expect(history, name).toEqual(formerValues(date, course, metric));
  }
  expect(seen.counted).toBeGreaterThan(CELLS / 2);
  expect(seen.notCounted).toBeGreaterThan(CELLS / 50);
  expect(seen.history).toBeGreaterThan(CELLS / 50);
  expect(seen.filters).toBeGreaterThan(200);
});

it('history names the runs that made the former values, and why later ones replaced them', async () => {
  const late = await explain(DATES[0], 20, 'quiz_views');
  expect(late.history.map(({ why }) => why)).toEqual([['late_rows']]);
  const runs = await databases.warehouse
    .selectFrom('log_scheduler')
    .select(['run_id', 'id'])
    .where('batch_name', '=', 'main_etl')
    .where('extraction_date', '=', DATES[0])
    .orderBy('id')
    .execute();
  // The second run changed nothing: it is the newest one with the former value.
  expect(late.history[0]?.run_id).toBe(runs[1]?.run_id);
  expect(late.run.run_id).toBe(runs[3]?.run_id);
  const students = await explain(DATES[0], withStudents, 'num_students');
  expect(students.history).toMatchObject([{ why: ['enrolments_changed'] }]);
  expect(students.value).toBe(0);
});

it('of the reasons of a course, a former value has those that can have changed its figure', async () => {
  const why = async (metric: Metric) => (await explain(DATES[0], withStudents, metric)).history[0]?.why;
  expect(await why('num_students')).toEqual(['enrolments_changed']);
  expect(await why('quiz_views')).toEqual(['late_rows']);
  expect(await why('avg_activity_per_student_per_day')).toEqual(['late_rows', 'enrolments_changed']);
});

it('a cell says if a restatement of its date may have changed it and does not list its course', async () => {
  const { warehouse } = databases;
  expect((await explain(DATES[0], 20, 'quiz_views')).history_complete).toBe(true);
  const { id } = await warehouse
    .selectFrom('restatement_courses')
    .innerJoin('restatements', 'restatements.id', 'restatement_courses.restatement')
    .select('restatements.id')
    .where('extraction_date', '=', DATES[0])
    .where('moodle_course_id', '=', 20)
    .executeTakeFirstOrThrow();
  const { courses } = await warehouse
    .selectFrom('restatements')
    .select('courses')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  for (const unlisted of [MOST_LISTED_COURSES + 1, null]) {
    await warehouse.updateTable('restatements').set({ courses: unlisted }).where('id', '=', id).execute();
    expect((await explain(DATES[0], 20, 'quiz_views')).history_complete).toBe(true);
    expect((await explain(DATES[0], 30, 'quiz_views')).history_complete).toBe(false);
  }
  await warehouse.updateTable('restatements').set({ courses }).where('id', '=', id).execute();
});

it('a course without a row says why', async () => {
  const reasons = await Promise.all(
    [22, 26, 1].map(async (course) => (await explain(DATES[1], course, 'total_views')).not_counted?.reason),
  );
  expect(reasons).toEqual(['course_hidden', 'course_deleted', 'without_category']);
  const hidden = await explain(DATES[1], 22, 'total_views');
  expect(hidden.not_counted?.sentence).toBe('The course was hidden in Moodle when the date was merged.');
  const before = loaded.get(DATES[1])?.[0]?.get(22);
  expect(hidden).toMatchObject({
    course_name: before?.course_name,
    history: [{ value: before?.total_views, why: ['course_changed'] }],
    not_counted: { views: before?.total_views },
  });
  const [without] = await onSource((source) =>
    source.query<RowDataPacket[]>(
      `SELECT c.id FROM mdl_course c JOIN mdl_course_categories k ON k.id = c.category
       WHERE c.visible = 1 AND k.idnumber IS NULL LIMIT 1`,
    ),
  );
  const unnumbered = await explain(DATES[1], Number(without[0]?.id), 'total_views');
  expect(unnumbered.not_counted?.reason).toBe('category_without_idnumber');
  await expect(explain(DATES[1], 9999, 'total_views')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(explain('2023-01-01', 20, 'total_views')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('a course that Moodle no longer has is explained only to those who can see its newest row', async () => {
  const [left, newest] = [
    { categories: [1], smallBelow: 0 },
    { categories: [2], smallBelow: 0 },
  ];
  const { id, created_at, updated_at, ...row } = await databases.warehouse
    .selectFrom('user_activity_etl')
    .selectAll()
    .executeTakeFirstOrThrow();
  // With views on the date, and without.
  for (const [course, reason] of Object.entries({ 26: 'course_deleted', 9998: 'not_there' })) {
    const rows = [
      { ...row, moodle_course_id: Number(course), extraction_date: '2024-01-10', category_id: 1 },
      { ...row, moodle_course_id: Number(course), extraction_date: '2024-01-11', category_id: 2 },
    ];
    await databases.warehouse.insertInto('user_activity_etl').values(rows).execute();
    const explained = (scope: Scope) => explain(DATES[1], Number(course), 'total_views', scope);
    expect((await explained(newest)).not_counted).toMatchObject({ reason, last_date: '2024-01-11' });
    await expect(explained(left)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  await databases.warehouse.deleteFrom('user_activity_etl').where('extraction_date', '<', DATES[0]).execute();
});

const recordDetails = (details: object) =>
  databases.warehouse
    .updateTable('log_scheduler')
    .set({ details: JSON.stringify(details) })
    .where('extraction_date', '=', DATES[2])
    .execute();

it('of a date that an older version merged, an explanation says what was not recorded', async () => {
  await recordDetails({ time_zone: ZONE });
  // It left what an earlier merge of a newer version had recorded.
  await databases.warehouse
    .insertInto('left_out_courses')
    .values({
      extraction_date: DATES[2],
      moodle_course_id: withStudents,
      reason: 'course_hidden',
      views: 3,
      category_id: 1,
      ...{ id_number: '', course_name: '', course_shortname: '' },
    })
    .execute();
  const active = await explain(DATES[2], withStudents, 'active_days');
  expect(active.sources.at(-1)).toMatchObject({ component: null, rows: null });
  expect(active.formula?.with_numbers).toContain('not recorded');
  await databases.warehouse
    .deleteFrom('user_activity_etl')
    .where('extraction_date', '=', DATES[2])
    .where('moodle_course_id', '=', withStudents)
    .execute();
  expect(await explain(DATES[2], withStudents, 'total_views')).toMatchObject({
    roles: null,
    history_complete: false,
    not_counted: {
      reason: 'not_recorded',
      sentence: whyNotCountedText('not_recorded'),
      views: null,
      last_date: DATES[1],
    },
  });
  await recordDetails({ time_zone: ZONE, adopted: true });
  expect((await explain(DATES[2], withStudents, 'total_views')).not_counted).toMatchObject({
    reason: 'not_recorded',
    sentence: 'The figures of the date are of the PHP system, which kept no ids of courses.',
  });
});
