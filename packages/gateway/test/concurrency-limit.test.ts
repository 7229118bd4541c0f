import { connect, type Socket } from 'node:net';
import { waitUntil } from '@etl/local-stack';
import { replaceCourseCategories } from '@etl/warehouse';
import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { openConcurrencyLimit } from '../src/concurrency-limit.ts';
import { measureEventLoop } from './event-loop.ts';
import { API, course, type Gateway, mergeRows, openGateway } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed } from './tokens.ts';

const SMALL = '2024-01-15';
const HUGE = '2024-01-17';
const RANGE = `from=${SMALL}&to=${HUGE}`;

/** The heavy reads that run at once. */
const MAX_PER_CALLER = 2;
const MAX_IN_ALL = 6;

let gateway: Gateway;
let address: string;
let attacker: string;
let other: string;

/** Heavy reads that the database has answered. */
let worked = { schedulerPages: 0, summaries: 0 };
/** While it is set, pages of `scheduler_data` wait for it. */
let gate: Promise<void> | undefined;

const watchReads: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    const [row = {}] = result.rows;
    if ('newest_students' in row) worked.summaries += 1;
    if ('lease_until' in row) {
      worked.schedulerPages += 1;
      await gate;
    }
    return result;
  },
};

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    {
      plugins: [watchReads],
      env: JWT_ENV,
      // Longer than the default: on a busy machine no request must run into the time limit.
      options: { heavyReads: openConcurrencyLimit({ maxWaitMs: 120_000 }) },
    },
  );
  address = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
  gateway.app.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  attacker = await signed({ username: 'attacker', directorate: '7' });
  other = await signed({ username: 'other', directorate: '7' });
  await gateway.warehouse
    .transaction()
    .execute((trx) =>
      replaceCourseCategories(trx, [{ id: 7, parent: 0, idnumber: 'F', depth: 1, path: '/7', name: 'Arts' }]),
    );
  const rows = (count: number) => Array.from({ length: count }, (_, index) => course(index + 2));
  await mergeRows(gateway, SMALL, rows(10));
  await mergeRows(gateway, HUGE, rows(40_000));
  // Two thousand rows, each with times of its own.
  const copy = `INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date, trigger_type,
    requested_by, details, created_at, started_at, finished_at)
    SELECT run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date, trigger_type, requested_by, details, created_at,
      started_at + INTERVAL id SECOND, finished_at + INTERVAL id SECOND FROM log_scheduler`;
  for (let doubled = 0; doubled < 10; doubled++) await sql.raw(copy).execute(gateway.warehouse);
});

afterAll(() => gateway?.close());

beforeEach(() => {
  worked = { schedulerPages: 0, summaries: 0 };
});

/** The gateway's ends of the open connections. */
const connections = new Set<Socket>();

const areServed = (sockets: readonly Socket[]) => sockets.filter(({ bytesRead }) => bytesRead > 0).length;

/** Sends a request over its own connection, and does not read the answer. */
function ask(path: string, token: string, of = address): Socket {
  const socket = connect(Number(new URL(of).port), '127.0.0.1').on('error', () => {});
  socket.write(`GET ${API}/${path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  return socket;
}

const get = (path: string, token: string) =>
  fetch(`${address}${API}/${path}`, { headers: { authorization: `Bearer ${token}` } });

/** Resolves when the gateway has received this number of further requests. */
function arrivalOf(requests: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  const count = () => {
    arrived += 1;
    if (arrived < requests) return;
    gateway.app.server.off('request', count);
    resolve();
  };
  gateway.app.server.on('request', count);
  return promise;
}

/** Hangs up, and waits until the gateway has closed its ends of the connections. */
async function hangUp(sockets: readonly Socket[]): Promise<void> {
  const ports = new Set(sockets.map(({ localPort }) => localPort));
  for (const socket of sockets) socket.destroy();
  const isOpen = ({ remotePort }: Socket) => ports.has(remotePort);
  await waitUntil(async () => ![...connections].some(isOpen), 'the gateway to see the hang-ups');
}

describe('heavy reads of one caller', () => {
  it('a caller gets no further work done after it hangs up', async () => {
    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    const arrived = arrivalOf(100);
    const sockets = Array.from({ length: 100 }, () => ask('scheduler_data?limit=1000', attacker));
    await arrived;
    await waitUntil(async () => worked.schedulerPages >= MAX_PER_CALLER, 'the first reads');
    await hangUp(sockets);
    opened.resolve();
    // This request queues behind those of the closed connections.
    expect((await get('scheduler_data', attacker)).status).toBe(200);
    expect(worked.schedulerPages).toBe(MAX_PER_CALLER + 1);
  });

  it('a caller with many heavy reads at once does not block the event loop', async () => {
    const ask40 = async () => {
      const answers = Array.from({ length: 40 }, () => get('scheduler_data?limit=1000', attacker));
      for (const answer of answers) {
        const { data } = (await (await answer).json()) as { data: object[] };
        expect(data).toHaveLength(1000);
      }
    };
    await ask40();
    const { longestBlockMs, totalMs } = await measureEventLoop(ask40);
    expect(longestBlockMs).toBeLessThan(totalMs / 15);
  });

  it('a caller that reads slowly delays only itself', async () => {
    const readers = Array.from({ length: 5 }, () =>
      ask(`export?date=${HUGE}&format=ndjson&limit=all`, attacker),
    );
    const arrived = arrivalOf(40);
    const summaries = Array.from({ length: 40 }, () => ask(`summary?${RANGE}`, attacker));
    await arrived;
    await waitUntil(async () => areServed(readers) >= MAX_PER_CALLER, 'the first exports to begin');
    const answers = await Promise.all([
      get(`export?date=${SMALL}&format=csv`, other),
      get(`export?date=${SMALL}`, other),
      get(`summary?${RANGE}&group_by=directorate`, other),
      get(`results/${SMALL}`, other),
      get('scheduler_data', other),
      get('status', other),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    await Promise.all(answers.map((answer) => answer.text()));
    // The attack goes on. Only the reads with a permit were served.
    expect([areServed(readers), areServed(summaries)]).toEqual([MAX_PER_CALLER, 0]);
    expect(worked.summaries).toBe(1);

    // Requests that hung up while they waited are skipped.
    await hangUp([...readers, ...summaries]);
    expect((await get(`summary?${RANGE}&group_by=day`, attacker)).status).toBe(200);
    expect(worked.summaries).toBe(2);
  });
});

it('slow readers leave connections for short reads, and release their permits when they hang up', async () => {
  const callers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => signed({ username: `caller ${index}`, directorate: '7' })),
  );
  const readers = callers.map((caller) => ask(`export?date=${HUGE}&format=ndjson&limit=all`, caller));
  await waitUntil(async () => areServed(readers) >= MAX_IN_ALL, 'the permitted number of reads');
  const short = await Promise.all(Array.from({ length: 20 }, () => get('status', other)));
  expect(new Set(short.map(({ status }) => status))).toEqual(new Set([200]));
  expect(areServed(readers)).toBe(MAX_IN_ALL);
  await hangUp(readers);
  // Neither the readers nor the waiting requests keep a permit.
  const heavy = callers.map((caller) => ask(`export?date=${HUGE}&format=ndjson&limit=all`, caller));
  await waitUntil(async () => areServed(heavy) >= MAX_IN_ALL, 'the permitted number of reads, again');
  await hangUp(heavy);
});

it('the gateway cancels the statement of a summary whose caller hangs up, and no other statement', async () => {
  const slow = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  try {
    const slowAddress = await slow.app.listen({ port: 0, host: '127.0.0.1' });
    const rows = Array.from({ length: 400 }, (_, index) => course(index + 2));
    await mergeRows(slow, SMALL, rows);
    // 400 rows at 50 ms each: a statement reaches its limit of ten seconds.
    await sql`ALTER TABLE user_activity_etl RENAME TO merged_rows`.execute(slow.warehouse);
    await sql`CREATE VIEW user_activity_etl AS SELECT * FROM merged_rows WHERE SLEEP(0.05) = 0`.execute(
      slow.warehouse,
    );
    const administrator = await signed({ username: 'admin', roles: [ADMIN_ROLE] });
    const { rows: own } = await sql<{ db: string }>`SELECT DATABASE() AS db`.execute(slow.warehouse);
    /** The first date of each summary that runs on the server. */
    const running = async () => {
      const { rows: all } = await sql<{
        db: string | null;
        Info: string | null;
      }>`SHOW FULL PROCESSLIST`.execute(slow.warehouse);
      const found = all.filter(({ db, Info }) => db === own[0]?.db && Info?.includes('newest_students'));
      return found.map(({ Info }) => /'(\d{4}-\d{2}-\d{2})'/.exec(Info ?? '')?.[1]).toSorted();
    };
    const waiting = ask(`summary?from=2024-01-14&to=${SMALL}`, administrator, slowAddress);
    await waitUntil(async () => (await running()).length === 1, 'the first summary to run');
    const leaving = ask(`summary?from=2024-01-15&to=${SMALL}`, administrator, slowAddress);
    await waitUntil(async () => (await running()).length === 2, 'both summaries to run');
    leaving.destroy();
    await waitUntil(async () => (await running()).length < 2, 'one of them to end');
    // The other summary began earlier: the time limit would have ended it first.
    expect(await running()).toEqual(['2024-01-14']);
    expect(waiting.bytesRead).toBe(0);
    waiting.destroy();
    await waitUntil(async () => (await running()).length === 0, 'the other one to end');
  } finally {
    await slow.close();
  }
});
