import { VIEW_COLUMNS } from '@etl/core';
import { localTime } from '@etl/warehouse';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';
import { build, DATES, world } from './world.ts';

type Row = Record<string, unknown>;

const ZONE = 'Asia/Jakarta';
const [FROM, TO] = [DATES[0], DATES.at(-1)];
const SUMS = ['num_students', 'num_teachers', ...VIEW_COLUMNS, 'total_views'];

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
});

afterAll(() => gateway?.close());

const run = async (statement: string) => (await sql.raw<Row>(statement).execute(gateway.warehouse)).rows;

const ask = async (path: string) => {
  const answer = await gateway.app.inject({
    url: `${API}/${path}`,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  return answer.json() as { data: Row[]; totals: Row };
};

/** What may happen to a warehouse beside merges: the answers and the views must change alike. */
const DISTURBANCES: Record<string, string[]> = {
  nothing: [],
  'a date without a merge': [`DELETE FROM log_scheduler WHERE extraction_date = '${DATES[1]}'`],
  'a date that was deleted': [
    `DELETE FROM log_scheduler WHERE extraction_date = '${DATES[0]}'`,
    `DELETE FROM user_activity_etl WHERE extraction_date = '${DATES[0]}'`,
  ],
  'sums of other merges': [
    `UPDATE rollup_parts SET merges = CONCAT('1+', merges) WHERE first_date = '${DATES[2]}'`,
    `UPDATE rollup_days SET total_views = total_views + 1 WHERE extraction_date = '${DATES[2]}'`,
  ],
  'sums that lack a kind': [
    `UPDATE rollup_parts SET kinds = REPLACE(kinds, 'video_views,', '') WHERE first_date = '${DATES[1]}'`,
    `UPDATE rollup_days SET video_views = 0, total_views = total_views + 1 WHERE extraction_date = '${DATES[1]}'`,
  ],
};

it('the views equal the answers of the API to an administrator, whatever happens to the warehouse', async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.constantFrom(...Object.values(DISTURBANCES)), async (all, statements) => {
      await build(gateway, all);
      for (const statement of statements) await run(statement);
      for (const date of DATES) {
        await checkCourses(date);
        await checkGroups(date, 'directorate', 'directorate_id');
        await checkGroups(date, 'unit', 'directorate_id, unit_id');
      }
      await checkDays();
      await checkRuns();
    }),
    { numRuns: 12 },
  );
});

async function checkCourses(date: string): Promise<void> {
  // Null: no merge of the date has completed.
  const answer = (await ask(`results/${date}?limit=1000`)).data ?? null;
  const rows = await run(
    `SELECT * FROM v_course_day WHERE extraction_date = '${date}' ORDER BY moodle_course_id`,
  );
  if (answer === null) {
    for (const { state } of rows) expect(state).toBe('missing');
    return;
  }
  const shared = Object.keys(answer[0] ?? {}).filter((column) => column in (rows[0] ?? {}));
  if (rows.length > 0)
    expect(shared).toEqual(expect.arrayContaining([...SUMS, 'moodle_course_id', 'course_id']));
  const average = 'avg_activity_per_student_per_day';
  const sharedOf = (row: Row) =>
    Object.fromEntries(
      shared.map((column) => [
        column,
        column === average && row[column] !== null ? Number(row[column]) : row[column],
      ]),
    );
  const byId = (a: Row, b: Row) => Number(a.moodle_course_id) - Number(b.moodle_course_id);
  expect(rows.map(sharedOf)).toEqual(answer.toSorted(byId).map(sharedOf));
}

const sums = SUMS.map((column) => `CAST(SUM(${column}) AS SIGNED) AS ${column}`).join(', ');

/** Groups of one date can be added up: of each course there is one row. */
async function checkGroups(date: string, groupBy: 'directorate' | 'unit', columns: string): Promise<void> {
  const { data } = await ask(`summary?from=${date}&to=${date}&group_by=${groupBy}`);
  const expected = data.map((group) => {
    const { directorate, unit } = group as { directorate: Row | null; unit?: Row | null };
    return {
      directorate_id: directorate?.id ?? null,
      ...(groupBy === 'unit' && { unit_id: unit?.id ?? null }),
      courses: group.courses,
      ...Object.fromEntries(SUMS.map((column) => [column, group[column]])),
    };
  });
  const found = await run(`SELECT ${columns}, CAST(SUM(courses) AS SIGNED) AS courses, ${sums}
    FROM v_category_day WHERE extraction_date = '${date}' GROUP BY ${columns} ORDER BY ${columns}`);
  expect(found).toEqual(expected);
}

async function checkDays(): Promise<void> {
  const { data, totals } = await ask(`summary?from=${FROM}&to=${TO}&group_by=day`);
  const days = await run(`SELECT extraction_date, CAST(SUM(courses) AS SIGNED) AS courses, ${sums}
    FROM v_category_day GROUP BY extraction_date ORDER BY extraction_date`);
  const figuresOf = (row: Row) =>
    Object.fromEntries(['extraction_date', 'courses', ...SUMS].map((column) => [column, row[column]]));
  expect(days).toEqual(data.map(figuresOf));
  for (const views of VIEW_COLUMNS)
    expect(days.reduce((sum, day) => sum + Number(day[views]), 0)).toBe(totals[views]);

  const { data: states } = await ask(`days?from=${FROM}&to=${TO}`);
  for (const view of ['v_course_day', 'v_category_day']) {
    const found = await run(
      `SELECT DISTINCT extraction_date, state, merged_at FROM ${view} ORDER BY extraction_date`,
    );
    const withRows = new Set(found.map((row) => row.extraction_date));
    const expected = states.filter((day) => withRows.has(day.extraction_date));
    expect(found.map((row) => ({ ...row, merged_at: localTime(row.merged_at as string, ZONE) }))).toEqual(
      expected.map(({ extraction_date, state, completed_at }) => ({
        extraction_date,
        state,
        merged_at: completed_at,
      })),
    );
  }
}

const STATUSES = ['', 'completed', 'running', 'failed', 'queued'];

async function checkRuns(): Promise<void> {
  const { data } = await ask('scheduler_data?limit=1000');
  const expected = data.map((row) => ({
    ...Object.fromEntries(
      ['run_id', 'batch_name', 'extraction_date', 'trigger_type'].map((one) => [one, row[one]]),
    ),
    status: STATUSES[Number(row.status)],
    finished_at: row.finished_at,
    rows_done: row.offset,
    rows_in_all: row.numrow,
    failure_code: row.failure_code,
  }));
  const found =
    await run(`SELECT run_id, batch_name, extraction_date, trigger_type, status, finished_at, rows_done,
      rows_in_all, failure_code
    FROM v_runs`);
  const byRun = (a: Row, b: Row) => (String(a.run_id) < String(b.run_id) ? -1 : 1);
  expect(
    found
      .map((row) => ({ ...row, finished_at: localTime(row.finished_at as string, ZONE) }) as Row)
      .toSorted(byRun),
  ).toEqual(expected.toSorted(byRun));
}
