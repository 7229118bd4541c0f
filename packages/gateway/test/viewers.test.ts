import { replaceCourseCategories } from '@etl/warehouse';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

const DATE = '2024-01-15';
/** Counts of the whole institution, and names that no other value contains. */
const SECRETS = {
  rowsDone: 104_729,
  rowsInAll: 104_743,
  rowsRead: 104_759,
  otherViews: 104_761,
  error: "Access denied for user 'etl'@'db-host-7'",
  requester: 'another-caller',
  otherCourse: 'Another faculty course',
};

let gateway: Gateway;
let runId: string;
let viewer: string;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  const category = (id: number, idnumber: string) => ({
    id,
    parent: 0,
    depth: 1,
    path: `/${id}`,
    idnumber,
    name: `Category ${id}`,
  });
  await gateway.warehouse
    .transaction()
    .execute((trx) => replaceCourseCategories(trx, [category(7, 'A'), category(8, 'B')]));
  const rows = [
    { ...course(2), num_students: 3 },
    {
      ...course(3),
      category_id: 8,
      category_path: '/8',
      course_name: SECRETS.otherCourse,
      total_views: SECRETS.otherViews,
    },
  ];
  await mergeRows(gateway, DATE, rows, { log_rows: SECRETS.rowsRead });
  await gateway.warehouse
    .updateTable('log_scheduler')
    .set({
      offset: SECRETS.rowsDone,
      numrow: SECRETS.rowsInAll,
      error_details: SECRETS.error,
      requested_by: SECRETS.requester,
    })
    .execute();
  const row = await gateway.warehouse.selectFrom('log_scheduler').select('run_id').executeTakeFirstOrThrow();
  runId = row.run_id;
  viewer = await signed({ username: 'viewer', directorate: 'A' });
});

afterAll(() => gateway?.close());

const get = (path: string, token: string) =>
  gateway.app.inject({ url: path, headers: { authorization: `Bearer ${token}` } });

const RUNS = () => [
  `${API}/status`,
  `${API}/status?date=${DATE}`,
  `${API}/runs/${runId}`,
  `${API}/scheduler_data`,
];

describe('viewers', () => {
  it('sees the state of runs, but no counts of rows outside its scope', async () => {
    for (const path of RUNS()) {
      const { data } = (await get(path, viewer)).json();
      const batch = Array.isArray(data) ? data[0] : data.batches.main_etl;
      expect(batch, path).toMatchObject({ offset: null, numrow: null });
      expect(batch, path).toMatchObject(
        Array.isArray(data) ? { status: 1 } : { status: 'completed', progress: 100 },
      );
    }
  });

  it('a viewer finds nothing outside its scope in any answer', async () => {
    const paths = [
      ...RUNS(),
      `${API}/results/${DATE}`,
      ...['json', 'csv', 'ndjson'].map((format) => `${API}/export?date=${DATE}&format=${format}`),
      ...['course', 'unit', 'directorate', 'day'].map(
        (group) => `${API}/summary?from=${DATE}&to=${DATE}&group_by=${group}`,
      ),
      '/metrics',
      '/health/ready',
      `${API}/runs/00000000-0000-4000-8000-000000000000`,
      `${API}/results/2024-01-16`,
      `${API}/export?date=nonsense`,
    ];
    for (const path of paths) {
      const answer = await get(path, viewer);
      const text = answer.body + JSON.stringify(answer.headers);
      const found = Object.entries(SECRETS).filter(([, secret]) => text.includes(String(secret)));
      expect(found, path).toEqual([]);
    }
    // The answer contains the viewer's own course.
    expect((await get(`${API}/results/${DATE}`, viewer)).json()).toMatchObject({
      count: 1,
      data: [{ num_students: 3 }],
    });
  });
});

it('an administrator sees counts, errors and requesters', async () => {
  for (const path of RUNS()) {
    const { data } = (await get(path, TOKEN)).json();
    const batch = Array.isArray(data) ? data[0] : data.batches.main_etl;
    expect(batch, path).toMatchObject({
      offset: SECRETS.rowsDone,
      numrow: SECRETS.rowsInAll,
      error_details: SECRETS.error,
    });
  }
});
