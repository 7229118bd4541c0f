import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

const [MERGED, WITHOUT] = ['2024-01-14', '2024-01-15'];
const RANGE = `from=${MERGED}&to=${WITHOUT}`;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  for (const date of [MERGED, WITHOUT])
    await mergeRows(gateway, date, [{ ...course(2), file_views: 3, total_views: 3, active_days: 1 }]);
  await gateway.warehouse.deleteFrom('log_scheduler').where('extraction_date', '=', WITHOUT).execute();
});

afterAll(() => gateway?.close());

const get = async (path: string) => {
  const answer = await gateway.app.inject({
    url: `${API}/${path}`,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  return { ...answer.json(), http: answer.statusCode };
};

it('the figures contain rows of a date without a completed merge, which is missing', async () => {
  const summary = await get(`summary?${RANGE}`);
  expect([summary.totals.total_views, summary.missing_dates]).toEqual([6, [WITHOUT]]);
  const series = (await get(`series?${RANGE}&metric=total_views`)).data;
  expect(series.points.map(({ value, state }: { value: number; state: string }) => [value, state])).toEqual([
    [3, 'final'],
    [3, 'missing'],
  ]);
  const categories = await get(`categories?${RANGE}`);
  expect([categories.totals.total_views, categories.missing_dates]).toEqual([6, [WITHOUT]]);
  const courses = await get(`courses?${RANGE}`);
  expect([courses.data[0].total_views, courses.missing_dates]).toEqual([6, [WITHOUT]]);
  const rows = await get(`export?date=${WITHOUT}`);
  expect([rows.data.length, rows.completed]).toEqual([1, false]);
});

it('results and days have no figures of a date without a completed merge', async () => {
  expect((await get(`results/${WITHOUT}`)).http).toBe(404);
  const days: { total_views: number | null }[] = (await get(`days?${RANGE}`)).data;
  expect(days.map(({ total_views }) => total_views)).toEqual([3, null]);
});
