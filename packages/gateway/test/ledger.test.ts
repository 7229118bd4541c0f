import { type Ledger, perReason } from '@etl/core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

const DATE = '2024-01-15';

let gateway: Gateway;
let viewer: string;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  viewer = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'D' });
});

afterAll(() => gateway?.close());

const category = (id: number, idnumber: string, parent: number) => ({
  id,
  idnumber,
  parent,
  depth: parent === 0 ? 1 : 2,
  path: parent === 0 ? `/${id}` : `/${parent}/${id}`,
  name: `Category ${idnumber}`,
});

beforeEach(async () => {
  const { warehouse } = gateway;
  for (const table of [
    'log_scheduler',
    'user_activity_etl',
    'restatements',
    'restatement_categories',
    'restatement_courses',
    'course_categories_etl',
  ] as const) {
    await warehouse.deleteFrom(table).execute();
  }
  const tree = [category(1, 'D', 0), category(7, 'F1', 1), category(2, 'E', 0), category(8, 'F2', 2)];
  await warehouse.insertInto('course_categories_etl').values(tree).execute();
});

const get = (path: string, token = TOKEN) =>
  gateway.app.inject({ url: `${API}/${path}`, headers: { authorization: `Bearer ${token}` } });

const ledger: Ledger = {
  read: 100,
  counted: 2,
  left_out: { ...perReason(() => 0), not_an_activity_view: 90, course_hidden: 8 },
};

describe('GET ledger', () => {
  it('the ledger of a date has every reason, and a date merged before ledgers says not_recorded', async () => {
    await mergeRows(gateway, DATE, [course(1), course(2)], { ledger });
    await mergeRows(gateway, '2024-01-16', [course(1)]);
    expect((await get('ledger?from=2024-01-14&to=2024-01-16')).json()).toMatchObject({
      data: [
        { extraction_date: DATE, state: 'recorded', ...ledger },
        { extraction_date: '2024-01-16', state: 'not_recorded', read: null, counted: null, left_out: null },
      ],
      missing_dates: ['2024-01-14'],
    });
  });

  it('results and status have the ledger of their date', async () => {
    await mergeRows(gateway, DATE, [course(1), course(2)], { ledger });
    const recorded = { state: 'recorded', ...ledger };
    expect((await get(`results/${DATE}`)).json().ledger).toEqual(recorded);
    expect((await get(`status?date=${DATE}`)).json().data.ledger).toEqual(recorded);
    expect((await get('status?date=2024-01-16')).json().data.ledger).toBeNull();
  });

  it('ledgers are for administrators', async () => {
    await mergeRows(gateway, DATE, [course(1), course(2)], { ledger });
    const answer = await get('ledger', viewer);
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'FORBIDDEN']);
    expect((await get(`results/${DATE}`, viewer)).json().ledger).toBeNull();
    expect((await get(`status?date=${DATE}`, viewer)).json().data.ledger).toBeNull();
  });
});

const views = (row: ReturnType<typeof course>, number: number, category_id = 7) => ({
  ...row,
  category_id,
  file_views: number,
  total_views: number,
});

describe('GET restatements', () => {
  it('a restatement says what changed, when and why, and marks its date', async () => {
    await mergeRows(gateway, DATE, [views(course(1), 5), views(course(2), 6)], { log_rows: 50 });
    const more = { ...views(course(1), 9), avg_activity_per_student_per_day: '9.00' };
    await mergeRows(gateway, DATE, [more, views(course(2), 6)], { log_rows: 54 });
    const { data, has_next } = (await get(`restatements?from=${DATE}&to=${DATE}`)).json();
    expect(has_next).toBe(false);
    expect(data).toMatchObject([
      {
        extraction_date: DATE,
        why: ['late_rows'],
        old: { courses: 2, total_views: 11, file_views: 11, num_students: 2 },
        new: { courses: 2, total_views: 15, file_views: 15, num_students: 2 },
        courses_changed: 1,
      },
    ]);
    const one = (await get(`restatements/${data[0].id}`)).json();
    expect(one.restatement).toEqual(data[0]);
    expect(one.data).toEqual([
      {
        moodle_course_id: 1,
        course_name: 'Logic',
        why: ['late_rows'],
        old: { file_views: 5, total_views: 5, avg_activity_per_student_per_day: 1 },
        new: { file_views: 9, total_views: 9, avg_activity_per_student_per_day: 9 },
      },
    ]);
    const [day] = (await get(`days?from=${DATE}&to=${DATE}`)).json().data;
    expect(day.restated_at).toBe(data[0].restated_at);
  });

  it('restatements and their courses come in pages, none twice', async () => {
    const rows = [1, 2, 3, 4, 5].map((id) => course(id));
    for (const number of [1, 2, 3, 4]) {
      await mergeRows(
        gateway,
        DATE,
        rows.map((row) => views(row, number)),
      );
    }
    const ids: number[] = [];
    const range = `from=${DATE}&to=${DATE}&limit=2`;
    for (let cursor = ''; ; ) {
      const { data, next_cursor } = (await get(`restatements?${range}${cursor}`)).json();
      ids.push(...data.map(({ id }: { id: number }) => id));
      if (next_cursor === null) break;
      cursor = `&cursor=${next_cursor}`;
    }
    expect(ids).toHaveLength(3);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));

    const courses: number[] = [];
    for (let cursor = ''; ; ) {
      const { data, next_cursor } = (await get(`restatements/${ids[0]}?limit=2${cursor}`)).json();
      courses.push(...data.map((one: { moodle_course_id: number }) => one.moodle_course_id));
      if (next_cursor === null) break;
      cursor = `&cursor=${next_cursor}`;
    }
    expect(courses).toEqual([1, 2, 3, 4, 5]);
    const foreign = (await get(`restatements/${ids[0]}?limit=2`)).json().next_cursor;
    expect((await get(`restatements/${ids[1]}?cursor=${foreign}`)).statusCode).toBe(400);
    expect((await get(`restatements?${range}&cursor=${foreign}`)).statusCode).toBe(400);
  });

  it('a viewer sees the changes of its own courses, with the totals of its scope, and no others', async () => {
    await mergeRows(gateway, DATE, [views(course(1), 5), views(course(2), 6, 8)]);
    await mergeRows(gateway, DATE, [views(course(1), 5), views(course(2), 7, 8)]);
    const ofOthers = (await get(`restatements?from=${DATE}&to=${DATE}`)).json().data;
    expect(ofOthers).toHaveLength(1);
    expect((await get(`restatements?from=${DATE}&to=${DATE}`, viewer)).json().data).toEqual([]);
    expect((await get(`restatements/${ofOthers[0].id}`, viewer)).statusCode).toBe(404);
    expect((await get(`days?from=${DATE}&to=${DATE}`, viewer)).json().data[0].restated_at).toBeNull();

    await mergeRows(gateway, DATE, [
      { ...views(course(1), 5), course_name: 'Renamed' },
      views(course(2), 9, 8),
    ]);
    const [own] = (await get(`restatements?from=${DATE}&to=${DATE}`, viewer)).json().data;
    expect(own).toMatchObject({
      why: ['course_changed'],
      courses_changed: 1,
      old: { courses: 1, total_views: 5 },
      new: { courses: 1, total_views: 5 },
    });
    const { data } = (await get(`restatements/${own.id}`, viewer)).json();
    expect(data.map((one: { moodle_course_id: number }) => one.moodle_course_id)).toEqual([1]);
  });

  it('a viewer of the category that a course left does not see its new name and figures', async () => {
    await mergeRows(gateway, DATE, [{ ...views(course(1), 5), course_name: 'Former' }]);
    await mergeRows(gateway, DATE, [{ ...views(course(1), 8, 8), course_name: 'Secret' }]);
    const [own] = (await get(`restatements?from=${DATE}&to=${DATE}`, viewer)).json().data;
    expect(own).toMatchObject({ old: { total_views: 5 }, new: { total_views: 0 } });
    const answer = await get(`restatements/${own.id}`, viewer);
    expect(answer.json().data).toMatchObject([{ course_name: 'Former', new: null }]);
    expect(answer.body).not.toContain('Secret');

    const other = await signed({ username: 'other', roles: ['lecturer'], directorate: 'E' });
    const theirs = await get(`restatements/${own.id}`, other);
    expect(theirs.json().data).toMatchObject([{ course_name: 'Secret', old: null }]);
    expect(theirs.body).not.toContain('Former');
  });
});
