import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { addDays, type Batch, dayOf, loadConfig } from '@etl/core';
import { waitUntil } from '@etl/local-stack';
import {
  claimBatch,
  failBatch,
  finishBatch,
  insertRun,
  inTransaction,
  type QueuedBatch,
  renewLease,
  requeueFailed,
} from '@etl/warehouse';
import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { type EventReader, readEvents } from './event-reader.ts';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed, signedFor } from './tokens.ts';

/** Short, to keep the tests short. */
const TIMES = { lookMs: 20, commentMs: 50 };
const settings = loadConfig({});

let gateway: Gateway;
let address: string;
let readers: EventReader[] = [];
let dates = 0;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ...JWT_ENV, ETL_TRUST_PROXY: '127.0.0.1' }, options: { events: TIMES } },
  );
  address = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
});

afterEach(async () => {
  for (const reader of readers) reader.hangUp();
  await Promise.all(readers.map(({ ended }) => ended));
  readers = [];
});

afterAll(() => gateway?.close());

async function listen(token = TOKEN, of = address): Promise<EventReader> {
  const reader = await readEvents(of, token);
  readers.push(reader);
  return reader;
}

/** A date that no other test uses. */
function newDate(): string {
  dates += 1;
  return addDays('2024-03-01', dates);
}

async function insert(date: string, batches: Batch[], by = 'test') {
  const runId = randomUUID();
  const rows = await insertRun(
    gateway.warehouse,
    {
      runId,
      settings,
      day: dayOf(date, 'UTC'),
      trigger: 'api',
      requestedBy: by,
      force: false,
      batches: batches.map((batch) => ({ batch, jobId: `${runId}-${batch}`, limitSize: 500 })),
    },
    60,
  );
  return { runId, rows };
}

async function claim(runId: string, { schedulerId, batch }: Pick<QueuedBatch, 'schedulerId' | 'batch'>) {
  const outcome = await claimBatch(gateway.warehouse, { schedulerId, runId, batch, settings }, 60);
  if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
  return outcome.claim;
}

async function merge(date: string): Promise<string> {
  const { runId, rows } = await insert(date, ['main_etl']);
  const held = await claim(runId, rows[0] as QueuedBatch);
  await inTransaction(gateway.warehouse, (trx) => finishBatch(trx, held, { numrow: 7, findings: {} }));
  return runId;
}

it('a run shows its states in order, and its end completes the date', async () => {
  const reader = await listen();
  expect(reader.status).toBe(200);
  expect(reader.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const date = newDate();
  const { runId, rows } = await insert(date, ['activity_counts', 'main_etl']);
  const [counts, merged] = rows as [QueuedBatch, QueuedBatch];
  await reader.wait('run', { run_id: runId, batch_name: 'main_etl', status: 'queued' });
  const counting = await claim(runId, counts);
  await reader.wait('run', { run_id: runId, status: 'running', progress: 0 });
  await renewLease(gateway.warehouse, counting, { offset: 25, numrow: 100 }, 60);
  await reader.wait('run', { run_id: runId, progress: 25, offset: 25, numrow: 100 });
  await inTransaction(gateway.warehouse, (trx) => finishBatch(trx, counting, { numrow: 100, findings: {} }));
  await reader.wait('run', { run_id: runId, batch_name: 'activity_counts', status: 'completed' });
  const merging = await claim(runId, merged);
  await inTransaction(gateway.warehouse, (trx) =>
    finishBatch(trx, merging, { numrow: 3, findings: { provisional: true } }),
  );
  const day = await reader.wait('day', { extraction_date: date });
  expect(day.data).toEqual({
    extraction_date: date,
    state: 'completed',
    run_id: runId,
    trigger_type: 'api',
    provisional: true,
    finished_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/),
  });
  const states = reader
    .events()
    .filter(({ event, data }) => event === 'run' && data.batch_name === 'activity_counts')
    .map(({ data }) => `${data.status} ${data.progress}`);
  expect(states).toEqual(['queued 0', 'running 0', 'running 25', 'completed 100']);
});

it('a date that is merged again is replaced, and a failed merge fails its date', async () => {
  const date = newDate();
  await merge(date);
  const reader = await listen();
  const again = await merge(date);
  await reader.wait('day', { run_id: again, state: 'replaced', provisional: false });
  const { runId, rows } = await insert(date, ['user_counts', 'main_etl']);
  const counting = await claim(runId, rows[0] as QueuedBatch);
  await failBatch(gateway.warehouse, counting, { code: 'ERROR', why: 'disk full' });
  await reader.wait('run', {
    run_id: runId,
    batch_name: 'user_counts',
    status: 'failed',
    error_details: 'disk full',
  });
  await reader.wait('day', { run_id: runId, state: 'failed', provisional: null });
});

it('a stream shows a batch that failed long ago and was retried between two looks', async () => {
  const date = newDate();
  const { runId, rows } = await insert(date, ['main_etl']);
  const first = await claim(runId, rows[0] as QueuedBatch);
  await failBatch(gateway.warehouse, first, { code: 'ERROR', why: 'disk full' });
  await gateway.warehouse
    .updateTable('log_scheduler')
    .set({ updated_at: '2024-01-01 00:00:00' } as never)
    .where('run_id', '=', runId)
    .execute();
  const reader = await listen();
  // One transaction: no look sees a state between.
  await inTransaction(gateway.warehouse, async (trx) => {
    await requeueFailed(trx, runId, { leaseSeconds: 60, settings });
    const outcome = await claimBatch(
      trx,
      { schedulerId: rows[0]?.schedulerId as number, runId, batch: 'main_etl', settings },
      60,
    );
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    await finishBatch(trx, outcome.claim, { numrow: 1, findings: {} });
  });
  await reader.wait('day', { run_id: runId, state: 'completed' });
});

it('a batch that was retried and failed again between two looks fails its date again', async () => {
  const { runId, rows } = await insert(newDate(), ['main_etl']);
  const job = { schedulerId: rows[0]?.schedulerId as number, runId, batch: 'main_etl', settings } as const;
  await failBatch(gateway.warehouse, await claim(runId, job), { code: 'ERROR', why: 'disk full' });
  const reader = await listen();
  await inTransaction(gateway.warehouse, async (trx) => {
    await requeueFailed(trx, runId, { leaseSeconds: 60, settings });
    const outcome = await claimBatch(trx, job, 60);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    await failBatch(trx, outcome.claim, { code: 'ERROR', why: 'disk full' });
    // The row is not active, and commits minutes after its statements.
    await trx
      .updateTable('log_scheduler')
      .set({ updated_at: sql`NOW() - INTERVAL 5 MINUTE` } as never)
      .where('run_id', '=', runId)
      .execute();
  });
  await reader.wait('day', { run_id: runId, state: 'failed' });
});

it.each([5, 60])(
  'a transaction that commits %i minutes after its statements is not missed',
  async (minutes) => {
    const date = newDate();
    const { runId, rows } = await insert(date, ['main_etl']);
    const held = await claim(runId, rows[0] as QueuedBatch);
    const reader = await listen();
    const other = newDate();
    await inTransaction(gateway.warehouse, async (trx) => {
      await finishBatch(trx, held, { numrow: 1, findings: {} });
      await trx
        .updateTable('log_scheduler')
        .set({ updated_at: sql`NOW() - INTERVAL ${minutes} MINUTE` } as never)
        .where('run_id', '=', runId)
        .execute();
      // Later looks have seen later changes before this one is committed.
      await reader.wait('day', { run_id: await merge(other) });
    });
    await reader.wait('day', { run_id: runId, state: 'completed' });
  },
);

it('heartbeats make no events', async () => {
  const { runId, rows } = await insert(newDate(), ['main_etl']);
  const held = await claim(runId, rows[0] as QueuedBatch);
  const reader = await listen();
  for (let beat = 0; beat < 5; beat++) await renewLease(gateway.warehouse, held, undefined, 60);
  await reader.wait('day', { run_id: await merge(newDate()) });
  expect(reader.events().filter(({ data }) => data.run_id === runId)).toEqual([]);
});

it("a viewer's stream holds states and days, but no totals and no texts of errors", async () => {
  const secrets = {
    done: 104_729,
    inAll: 104_743,
    error: "Access denied for user 'etl'@'db-host-7'",
    by: 'another-caller',
  };
  const viewer = await listen(await signed({ username: 'viewer', directorate: 'A' }));
  const administrator = await listen(await signed({ username: 'root', roles: [ADMIN_ROLE] }));
  const date = newDate();
  const { runId, rows } = await insert(date, ['user_counts', 'main_etl'], secrets.by);
  await viewer.wait('run', { run_id: runId, status: 'queued' });
  const held = await claim(runId, rows[0] as QueuedBatch);
  await viewer.wait('run', { run_id: runId, status: 'running' });
  // Progress within the same percent, seen by administrators only.
  await renewLease(gateway.warehouse, held, { offset: 1, numrow: secrets.inAll }, 60);
  await administrator.wait('run', { run_id: runId, offset: 1 });
  await renewLease(gateway.warehouse, held, { offset: secrets.done, numrow: secrets.inAll }, 60);
  await viewer.wait('run', { run_id: runId, progress: 99, offset: null, numrow: null });
  await administrator.wait('run', { run_id: runId, offset: secrets.done, numrow: secrets.inAll });
  await failBatch(gateway.warehouse, held, { code: 'ERROR', why: secrets.error });
  await viewer.wait('day', { run_id: runId, state: 'failed' });
  await administrator.wait('run', { run_id: runId, error_details: secrets.error });
  for (const secret of Object.values(secrets)) expect(viewer.text()).not.toContain(String(secret));
  const ofCounts = viewer.events().filter(({ data }) => data.batch_name === 'user_counts');
  expect(ofCounts.map(({ data }) => `${data.status} ${data.progress}`)).toEqual([
    'queued 0',
    'running 0',
    'running 99',
    'failed 99',
  ]);
});

it('a silent stream gets comments', async () => {
  const reader = await listen();
  await waitUntil(async () => reader.text().includes(': still here\n\n: still here\n\n'), 'two comments');
});

it('a stream ends when its token expires', async () => {
  const token = await signedFor({ username: 'viewer', directorate: 'A' }, '3s');
  const reader = await listen(token);
  expect(reader.status).toBe(200);
  expect(await reader.ended).toBe('end');
  const refused = await readEvents(address, token);
  expect(refused.status).toBe(401);
});

it('a token has five streams from an address, and a closed one makes place', async () => {
  const token = await signed({ username: 'many', directorate: 'A' });
  // Blanks between `Bearer` and a token do not make it another one.
  const five = await Promise.all(
    Array.from({ length: 5 }, (_, blanks) => listen(' '.repeat(blanks) + token)),
  );
  expect(five.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const sixth = await listen(`      ${token}`);
  expect(sixth.status).toBe(429);
  expect(sixth.headers.get('retry-after')).toBe('10');
  expect(sixth.text()).toBe('');
  await sixth.ended;
  expect(JSON.parse(sixth.text())).toMatchObject({ code: 'RATE_LIMITED' });
  const other = await listen(await signed({ username: 'another', directorate: 'A' }));
  expect(other.status).toBe(200);
  const elsewhere = await fetch(`${address}${API}/events`, {
    headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': '192.0.2.7' },
  });
  expect(elsewhere.status).toBe(200);
  await elsewhere.body?.cancel();
  five[0]?.hangUp();
  await waitUntil(async () => (await listen(token)).status === 200, 'a place');
});

it('HEAD opens no stream', async () => {
  const token = await signed({ username: 'head', directorate: 'A' });
  for (let request = 0; request < 10; request++) {
    const answer = await fetch(`${address}${API}/events`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  }
});

it('an unknown parameter is rejected', async () => {
  const reader = await readEvents(address, TOKEN, '?since=1');
  expect(reader.status).toBe(400);
});

it('a reader that does not read is cut off', async () => {
  const token = await signed({ username: 'slow', roles: [ADMIN_ROLE] });
  const socket = connect(Number(new URL(address).port), '127.0.0.1').on('error', () => {});
  socket.write(`GET ${API}/events HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  await once(socket, 'readable');
  socket.pause();
  const closed = once(socket, 'close');
  const reader = await listen();
  const dates = Array.from({ length: 20 }, () => newDate());
  for (const date of dates) await insert(date, ['activity_counts', 'user_counts']);
  const { runId } = await insert(dates[0] as string, ['main_etl']);
  await reader.wait('run', { run_id: runId });
  // Each look has more bytes than the gateway keeps. The system's buffers hold those of a few looks.
  for (let look = 1; !socket.closed && look <= 20; look++) {
    await gateway.warehouse
      .updateTable('log_scheduler')
      .set({ error_details: 'x'.repeat(60_000), offset: look })
      .where('extraction_date', 'in', dates)
      .execute();
    await reader.wait('run', { run_id: runId, offset: look });
  }
  socket.resume();
  await closed;
  expect(reader.status).toBe(200);
});

it('a gateway that stops ends its streams at once', async () => {
  const other = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    // No look or comment would notice the stop.
    { options: { events: { lookMs: 3_600_000, commentMs: 3_600_000 } } },
  );
  const at = await other.app.listen({ port: 0, host: '127.0.0.1' });
  const reader = await listen(TOKEN, at);
  expect(reader.status).toBe(200);
  const [how] = await Promise.all([reader.ended, other.close()]);
  expect(how).toBe('end');
});

it('all streams of a gateway share one look', async () => {
  let looks = 0;
  const countLooks: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (result.rows.some((row) => 'active_key' in row)) looks += 1;
      return result;
    },
  };
  const other = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV, plugins: [countLooks], options: { events: { lookMs: 3_600_000 } } },
  );
  const at = await other.app.listen({ port: 0, host: '127.0.0.1' });
  await mergeRows(other, '2024-01-15', [course(2)]);
  const tokens = await Promise.all([1, 2, 3, 4].map((user) => signed({ username: `user ${user}` })));
  const open = await Promise.all([...tokens, ...tokens, ...tokens].map((token) => listen(token, at)));
  expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
  expect(looks).toBe(1);
  await other.close();
});
