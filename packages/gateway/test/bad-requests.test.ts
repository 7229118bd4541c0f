import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';

const UNKNOWN_RUN = '00000000-0000-4000-8000-000000000000';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
});

afterAll(() => gateway?.close());

const BEARER = { authorization: `Bearer ${TOKEN}` };
const post = (body: unknown, path = 'run_pipeline'): InjectOptions => ({
  method: 'POST',
  url: `${API}/${path}`,
  headers: { ...BEARER, 'content-type': 'application/json' },
  payload: typeof body === 'string' ? body : JSON.stringify(body),
});
const get = (path: string): InjectOptions => ({ method: 'GET', url: `${API}/${path}`, headers: BEARER });

async function nothingStarted(): Promise<void> {
  expect(await gateway.warehouse.selectFrom('log_scheduler').selectAll().execute()).toEqual([]);
  for (const queue of Object.values(gateway.queues.byBatch)) {
    expect(Object.values(await queue.getJobCounts()).every((count) => count === 0)).toBe(true);
  }
}

async function refused(request: InjectOptions, httpStatus: number, code: string, error: string | RegExp) {
  const answer = await gateway.app.inject(request);
  expect(answer.json()).toMatchObject({
    status: false,
    code,
    error: typeof error === 'string' ? error : expect.stringMatching(error),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  });
  expect(answer.statusCode).toBe(httpStatus);
  await nothingStarted();
  return answer;
}

describe('without a valid token', () => {
  const paths = [
    ['POST', 'run_pipeline'],
    ['POST', 'run_activity_counts'],
    ['POST', 'run_user_counts'],
    ['POST', 'run_main_etl'],
    ['POST', 'run_backfill'],
    ['GET', `runs/${UNKNOWN_RUN}`],
    ['POST', `runs/${UNKNOWN_RUN}/cancel`],
    ['POST', `runs/${UNKNOWN_RUN}/retry`],
    ['GET', 'status'],
    ['GET', 'scheduler_data'],
    ['GET', 'results/2024-01-15'],
    ['GET', 'export'],
  ] as const;
  const wrong = {
    'no header': {},
    'a wrong token': { authorization: 'Bearer nonsense' },
    'a token that is nearly right': { authorization: `Bearer ${TOKEN}x` },
    'the label instead of the token': { authorization: 'Bearer test' },
    'another scheme': { authorization: `Basic ${TOKEN}` },
    'no token': { authorization: 'Bearer ' },
    'the token without a scheme': { authorization: TOKEN },
  };
  for (const [index, [method, path]] of paths.entries()) {
    it.each(Object.entries(wrong))(`${method} ${path} answers 401 to %s`, async (_, headers) => {
      const message = 'A valid token is needed: Authorization: Bearer <token>';
      // Each path has its own address: wrong tokens are limited per address.
      const request = { method, url: `${API}/${path}`, headers, remoteAddress: `192.0.2.${index}` };
      const answer = await refused(request, 401, 'UNAUTHORIZED', message);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    });
  }

  it('the gateway does not parse the body', async () => {
    await refused(
      { ...post('{'), headers: { 'content-type': 'application/json' } },
      401,
      'UNAUTHORIZED',
      /token/,
    );
  });
});

describe('rejected runs', () => {
  it.each([
    ['an invalid date', { date: '2024-02-30' }, /^date: "2024-02-30" is not a date in the form YYYY-MM-DD$/],
    ['a date in another form', { date: '15-01-2024' }, /is not a date/],
    ['a date with SQL in it', { date: "2024-01-15' OR '1'='1" }, /is not a date/],
    [
      'a date in the future',
      { date: '2999-01-01' },
      /^date: 2999-01-01 is in the future: today is .* in Asia\/Jakarta$/,
    ],
    ['a number for a date', { date: 20240115 }, /^date: must be a text in the form YYYY-MM-DD$/],
    ['null for a date', { date: null }, /^date: must be a text/],
    ['a list for a date', { date: ['2024-01-15'] }, /^date: must be a text/],
    ['a text for force', { force: 'yes' }, /^force: must be true or false$/],
    ['a misspelt field', { dat: '2024-01-15' }, /^dat: is not known here\. Did you mean date\?$/],
    ['a list for a body', [], /^body: must be a JSON object$/],
    ['a text for a body', '"2024-01-15"', /^body: must be a JSON object$/],
    ['invalid JSON', '{"date": ', /JSON/],
    ['a poisoned prototype', '{"__proto__": {"date": "2024-01-15"}}', /not valid JSON/],
    ['a body of 65 KB', `{"date": "${'x'.repeat(65 * 1024)}"}`, /^The body is too large$/],
  ])('the gateway rejects a run for %s', async (_, body, error) => {
    await refused(post(body), 400, 'INVALID_REQUEST', error);
  });

  it.each([
    ['a backfill without its dates', 'run_backfill', {}, /^from: must be a text.*; to: must be a text/],
    ['a backfill backwards', 'run_backfill', { from: '2024-01-15', to: '2024-01-14' }, /is after/],
    ['a backfill into the future', 'run_backfill', { from: '2024-01-15', to: '2999-01-01' }, /future/],
    [
      'a backfill of years',
      'run_backfill',
      { from: '2020-01-01', to: '2024-01-01' },
      /1462 days; .* 366 at most/,
    ],
    [
      'a backfill with an invalid date',
      'run_backfill',
      { from: 'monday', to: '2024-01-01' },
      /is not a date/,
    ],
    [
      'a backfill with an unknown field',
      'run_backfill',
      { from: '2024-01-01', to: '2024-01-01', at: 1 },
      /^at: /,
    ],
    ['a cancel with an invalid run id', 'runs/7/cancel', {}, /^run_id: must be the id of a run$/],
    ['a retry with an invalid run id', 'runs/7/retry', {}, /^run_id: must be the id of a run$/],
    [
      'a run whose date is in the query: it would be of today',
      'run_pipeline?date=2024-01-15',
      {},
      /^date: is not known here$/,
    ],
    [
      'a retry with an unknown field',
      `runs/${UNKNOWN_RUN}/retry`,
      { force: true },
      /^force: is not known here$/,
    ],
  ])('%s', async (_, path, body, error) => {
    await refused(post(body, path), 400, 'INVALID_REQUEST', error);
  });

  it.each([
    ['run_pipeline', { date: '2999-01-01' }, { date: /^2999-01-01 is in the future/ }],
    ['run_main_etl', { date: '2024-02-30' }, { date: /^"2024-02-30" is not a date/ }],
    ['run_backfill', { from: '2024-01-15', to: '2024-01-14' }, { from: /^2024-01-15 is after 2024-01-14$/ }],
    ['run_backfill', { from: '2020-01-01', to: '2024-01-01' }, { from: /1462 days; .* 366 at most$/ }],
    ['run_backfill', { from: '2999-01-01', to: '2999-01-02' }, { from: /^2999-01-01 is in the future/ }],
    ['run_backfill', { from: '2024-01-15', to: '2999-01-01' }, { to: /^2999-01-01 is in the future/ }],
  ])('the details of the error of %s %j name the field', async (path, body, fields) => {
    const answer = await refused(post(body, path), 400, 'INVALID_REQUEST', /./);
    expect(answer.json().details).toEqual(
      Object.fromEntries(Object.entries(fields).map(([name, why]) => [name, expect.stringMatching(why)])),
    );
  });

  it.each(['cancel', 'retry'])('a %s of an unknown run', async (action) => {
    const message = `There is no run ${UNKNOWN_RUN}`;
    await refused(post({}, `runs/${UNKNOWN_RUN}/${action}`), 404, 'NOT_FOUND', message);
  });

  it('the gateway rejects a run for a body that is not JSON', async () => {
    const request = post('date=2024-01-15');
    request.headers = { ...BEARER, 'content-type': 'application/x-www-form-urlencoded' };
    await refused(request, 400, 'INVALID_REQUEST', /must be JSON/);
  });

  it('the gateway rejects a run for a wrong method or path', async () => {
    await refused(get('run_pipeline'), 404, 'NOT_FOUND', `There is no GET ${API}/run_pipeline`);
    await refused(post({}, 'status'), 404, 'NOT_FOUND', `There is no POST ${API}/status`);
    await refused(post({}, 'run_everything'), 404, 'NOT_FOUND', /There is no POST/);
  });

  it('the gateway rejects a run for a merge without its prerequisites', async () => {
    const message = 'Waiting for ActivityCounts and UserCounts ETL to complete';
    await refused(post({ date: '2024-01-15' }, 'run_main_etl'), 409, 'ETL_PREREQUISITES_MISSING', message);
  });
});

describe('rejected reads', () => {
  it.each([
    ['export?limit=10001', /^limit: must be a whole number from 1 to 10000$/],
    ['export?limit=0', /^limit:/],
    ['export?limit=all', /^limit:/],
    ['export?limit=1e3', /^limit:/],
    ['export?offset=-1', /^offset: must be a whole number/],
    ['export?limit=x&offset=y', /^limit: .*; offset: /],
    ['export?date=yesterday', /^date: "yesterday" is not a date/],
    ['export?date=2024-01-15&date=2024-01-16', /^date:/],
    ['export?format=xml', /^format: must be one of json, ndjson, csv, xlsx, parquet$/],
    ['export?page=2', /^page: is not known here/],
    ['courses?fiter=silent', /^fiter: is not known here\. Did you mean filter\?$/],
    ['export?pages=2', /^pages: is not known here$/],
    ['export?__proto__=1', /^__proto__: is not known here$/],
    ['status?date=2024-13-01', /is not a date/],
    ['scheduler_data?status=5', /^status: must be one of 1, 2, 3, 4$/],
    ['scheduler_data?limit=1001', /^limit: must be a whole number from 1 to 1000$/],
    ['scheduler_data?batch_name=all', /^batch_name:/],
    ['results/2024-1-1', /is not a date/],
    ["results/2024-01-15'", /is not a date/],
    ['results/%E0%A4%A', /not a valid url/],
    [`runs/${UNKNOWN_RUN}?date=2024-01-15`, /^date: is not known here$/],
    ['runs/seven', /^run_id: must be the id of a run$/],
  ])('%s', async (path, error) => {
    await refused(get(path), 400, 'INVALID_REQUEST', error);
  });

  it.each([
    ['export?date=2024-02-30', 'date'],
    ['status?date=2024-02-30', 'date'],
    ['scheduler_data?date=2024-02-30', 'date'],
    ['results/2024-02-30', 'date'],
    ['cells/2024-02-30/2/total_views', 'date'],
    ['summary?from=2024-02-30&to=2024-03-01', 'from'],
    ['days?to=2024-02-30', 'to'],
  ])('the details of the error of %s name the field %s', async (path, field) => {
    const { details } = (await gateway.app.inject(get(path))).json();
    expect(details).toEqual({ [field]: '"2024-02-30" is not a date in the form YYYY-MM-DD' });
  });

  it('the gateway rejects a read of an unknown run', async () => {
    await refused(get(`runs/${UNKNOWN_RUN}`), 404, 'NOT_FOUND', `There is no run ${UNKNOWN_RUN}`);
  });

  it('the gateway rejects a read of the results of a date without a completed run', async () => {
    await refused(get('results/2024-01-15'), 404, 'NOT_FOUND', 'No run of 2024-01-15 has completed');
  });
});

describe('the gateway accepts a valid request', () => {
  it('an export of a date that was never extracted is empty', async () => {
    const answer = await gateway.app.inject(get('export?date=2024-01-15'));
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      status: true,
      data: [],
      limit: 1000,
      offset: 0,
      has_next: false,
      next_cursor: null,
      extraction_date: '2024-01-15',
      completed: false,
      last_completed_date: null,
      withheld_courses: 0,
      timestamp: expect.any(String),
    });
  });

  it('the status before the first run is not_started', async () => {
    expect((await gateway.app.inject(get('status'))).json()).toMatchObject({
      status: true,
      data: {
        etl_status: 'not_started',
        run_id: null,
        last_completed_date: null,
        next_run_at: expect.stringMatching(/^\d{4}-\d\d-\d\d 02:00:00$/),
      },
    });
  });

  it.each([
    ['no body', undefined, undefined],
    ['an empty body', '', 'application/json'],
    ['an empty object', '{}', 'application/json'],
  ])('a run with %s is for today, with the trigger api', async (_, payload, type) => {
    const headers = { ...BEARER, ...(type ? { 'content-type': type } : {}) };
    const answer = await gateway.app.inject({
      method: 'POST',
      url: `${API}/run_user_counts`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    expect(answer.statusCode).toBe(202);
    const today = Temporal.Now.plainDateISO('Asia/Jakarta').toString();
    expect(answer.json().data.extraction_date).toBe(today);
    const [row] = await gateway.warehouse.selectFrom('log_scheduler').selectAll().execute();
    expect(row).toMatchObject({ trigger_type: 'api', requested_by: 'test', extraction_date: today });
    await gateway.warehouse.deleteFrom('log_scheduler').execute();
  });
});
