import { datesBetween } from '@etl/core';
import { replaceCourseCategories } from '@etl/warehouse';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed } from './tokens.ts';

const RANGE = 'from=2024-01-15&to=2024-01-16';

let gateway: Gateway;
let viewer: string;
let administrator: string;

/** 1 stays large. 2 has too few students on one date of the range, 3 on one before it, 4 on the dates before alone. */
const STUDENTS: Record<number, readonly [number, number, number, number]> = {
  1: [9, 9, 9, 9],
  2: [9, 9, 9, 2],
  3: [9, 2, 9, 9],
  4: [2, 2, 9, 9],
};

beforeAll(async () => {
  const servers = { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') };
  gateway = await openGateway(servers, { env: { ...JWT_ENV, ETL_SUPPRESS_BELOW: '5' } });
  for (const [day, date] of datesBetween('2024-01-13', '2024-01-16').entries()) {
    const rows = Object.entries(STUDENTS).map(([id, students]) => ({
      ...course(Number(id)),
      num_students: students[day] ?? 0,
      file_views: day + 1,
      total_views: day + 1,
    }));
    await mergeRows(gateway, date, rows);
  }
  await gateway.warehouse.transaction().execute((trx) =>
    replaceCourseCategories(trx, [
      { id: 7, parent: 0, depth: 1, path: '/7', idnumber: 'F1', name: 'Faculty' },
      { id: 8, parent: 7, depth: 2, path: '/7/8', idnumber: 'U8', name: 'Unit' },
    ]),
  );
  viewer = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'F1' });
  administrator = await signed({ username: 'admin', roles: [ADMIN_ROLE] });
});

afterAll(() => gateway?.close());

async function get(path: string, token = viewer) {
  const answer = await gateway.app.inject({
    url: `${API}/${path}`,
    headers: { authorization: `Bearer ${token}` },
  });
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
  return answer.json();
}

type Listed = { moodle_course_id: number; change: number | null };
const listed = async (query: string, token = viewer): Promise<[number, number | null][]> =>
  ((await get(`courses?${RANGE}&sort=name&${query}`, token)).data as Listed[]).map((one) => [
    one.moodle_course_id,
    one.change,
  ]);

it('a course with withheld dates is not compared, for viewers alone', async () => {
  const change = Math.round(((7 - 3) / 3) * 10_000) / 10_000;
  expect(await listed('compare=previous')).toEqual([
    [1, change],
    [2, null],
    [3, null],
    [4, null],
  ]);
  expect(await listed('compare=previous', administrator)).toEqual([1, 2, 3, 4].map((id) => [id, change]));
  for (const [id, expected, ...withheld] of [
    [1, change, 0, 0],
    [2, null, 1, 0],
    [3, null, 0, 1],
    [4, null, 0, 1],
  ] as const) {
    const one = await get(`courses/${id}?${RANGE}&compare=previous`);
    const series = await get(`series?${RANGE}&compare=previous&course=${id}&metric=total_views`);
    expect(one.data.totals.total_views.change, `course ${id}`).toBe(expected);
    expect(series.data.totals.total_views.change, `course ${id}`).toBe(expected);
    for (const facts of [one, series.data])
      expect([facts.withheld_courses, facts.compared_withheld_courses], `course ${id}`).toEqual(withheld);
  }
});

it('a course with withheld dates is neither new nor rising', async () => {
  expect((await listed('filter=rising')).map(([id]) => id)).toEqual([1]);
  expect((await listed('filter=rising', administrator)).map(([id]) => id)).toEqual([1, 2, 3, 4]);
  expect(await listed('filter=new')).toEqual([]);
});

it('views that are all withheld have not fallen to 0, in a category as in a course', async () => {
  for (const [day, date] of datesBetween('2024-02-13', '2024-02-16').entries()) {
    await mergeRows(gateway, date, [{ ...course(5), category_id: 8, num_students: day < 2 ? 9 : 2 }]);
  }
  const compared = 'from=2024-02-15&to=2024-02-16&compare=previous';
  for (const [token, views, change] of [
    [viewer, 0, null],
    [administrator, 2, 0],
  ] as const) {
    const { data, totals } = await get(`categories?${compared}&parent=F1`, token);
    const unit = data.find(({ idnumber }: { idnumber: string }) => idnumber === 'U8');
    for (const figures of [unit, totals]) expect(figures).toMatchObject({ total_views: views, change });
    expect(unit.withheld_courses).toBe(token === viewer ? 1 : 0);
    for (const category of ['U8', 'F1']) {
      const series = await get(`series?${compared}&metric=total_views&category=${category}`, token);
      const value = token === viewer ? null : views;
      expect(series.data.totals.total_views).toEqual({ value, compared: 2, change });
      expect(series.data.points.map((point: { value: number | null }) => point.value)).toEqual(
        token === viewer ? [null, null] : [1, 1],
      );
    }
  }
});

it('a file of courses says to viewers alone how many courses are withheld in each range', async () => {
  const linesFor = async (token: string) => {
    const answer = await gateway.app.inject({
      url: `${API}/courses?${RANGE}&compare=previous&format=xlsx`,
      headers: { authorization: `Bearer ${token}` },
    });
    const { sheets } = await readXlsx(answer.rawPayload);
    return sheets.at(-1)?.rows.filter(([label]) => String(label).startsWith('Courses withheld'));
  };
  expect(await linesFor(viewer)).toEqual([
    ['Courses withheld on a date with fewer than 5 students', '1'],
    ['Courses withheld on a compared date with fewer than 5 students', '2'],
  ]);
  expect(await linesFor(administrator)).toEqual([]);
});
