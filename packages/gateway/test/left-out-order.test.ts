import { perReason } from '@etl/core';
import { replaceLeftOutCourses } from '@etl/warehouse';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

const [BEFORE, DATE] = ['2024-01-14', '2024-01-15'];
/** More than a search reads. */
const IDS = Array.from({ length: 230 }, (_, index) => index + 1);
const LAST = IDS.at(-1);

let gateway: Gateway;
let viewer: string;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ...JWT_ENV, ETL_SUPPRESS_BELOW: '5' } },
  );
  await gateway.warehouse
    .insertInto('course_categories_etl')
    .values({ id: 7, parent: 0, depth: 1, path: '/7', idnumber: 'F1', name: 'Faculty' })
    .execute();
  await mergeRows(
    gateway,
    BEFORE,
    IDS.map((id) => ({ ...course(id), num_students: 9 })),
  );
  const ledger = { read: 0, counted: 0, left_out: perReason(() => 0) };
  await mergeRows(gateway, DATE, [{ ...course(999), num_students: 9 }], { ledger });
  viewer = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'F1' });
});

afterAll(() => gateway?.close());

/** The last course has these views, and the others have none. */
async function leaveOut(viewsOfLast: number): Promise<void> {
  const courses = IDS.map((id) => ({
    moodle_course_id: id,
    reason: 'without_category' as const,
    views: id === LAST ? viewsOfLast : 0,
    category_id: 0,
    id_number: '',
    course_name: `Left out ${id}`,
    course_shortname: '',
  }));
  await gateway.warehouse.transaction().execute((trx) => replaceLeftOutCourses(trx, DATE, courses));
}

async function find(token: string): Promise<number[]> {
  const answer = await gateway.app.inject({
    url: `${API}/courses?from=${DATE}&to=${DATE}&q=${encodeURIComponent(`Left out ${LAST}`)}`,
    headers: { authorization: `Bearer ${token}` },
  });
  return answer.json().not_counted.map(({ moodle_course_id: id }: { moodle_course_id: number }) => id);
}

it('of too many left out courses a search finds those with views first, but not for whom their views are withheld', async () => {
  await leaveOut(0);
  expect([await find(TOKEN), await find(viewer)]).toEqual([[], []]);
  await leaveOut(3);
  expect([await find(TOKEN), await find(viewer)]).toEqual([[LAST], []]);
});
