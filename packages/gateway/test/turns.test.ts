import { connect, type Socket } from 'node:net';
import { waitUntil } from '@etl/local-stack';
import { replaceCourseCategories } from '@etl/warehouse';
import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { stretchesDuring } from './stretches.ts';
import { API, course, type Gateway, mergeRows, openGateway } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed } from './tokens.ts';

const SMALL = '2024-01-15';
const HUGE = '2024-01-17';
const RANGE = `from=${SMALL}&to=${HUGE}`;

/** As many heavy reads run at once, of one caller and in all. */
const TURNS_OF_CALLER = 2;
const TURNS_IN_ALL = 6;

let gateway: Gateway;
let address: string;
let attacker: string;
let other: string;

/** Heavy reads that have come back from the database. */
let worked = { schedulerPages: 0, summaries: 0 };
/** Pages of `scheduler_data` wait for it. */
let gate: Promise<void> | undefined;

const watchReads: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    const [row = {}] = result.rows;
    if ('newest' in row) worked.summaries += 1;
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
    { plugins: [watchReads], env: JWT_ENV },
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

/** The gateway's ends of the connections that are open. */
const connections = new Set<Socket>();

const areServed = (sockets: readonly Socket[]) => sockets.filter(({ bytesRead }) => bytesRead > 0).length;

/** Asks over a connection of its own, whose answer is not read. */
function ask(path: string, token: string, of = address): Socket {
  const socket = connect(Number(new URL(of).port), '127.0.0.1').on('error', () => {});
  socket.write(`GET ${API}/${path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  return socket;
}

const get = (path: string, token: string) =>
  fetch(`${address}${API}/${path}`, { headers: { authorization: `Bearer ${token}` } });

/** Resolves when the gateway has got so many requests more. */
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

/** Hangs up, and waits until the gateway has heard of it: its own ends of the connections are closed. */
async function hangUp(sockets: readonly Socket[]): Promise<void> {
  const ports = new Set(sockets.map(({ localPort }) => localPort));
  for (const socket of sockets) socket.destroy();
  const isOpen = ({ remotePort }: Socket) => ports.has(remotePort);
  await waitUntil(async () => ![...connections].some(isOpen), 'the gateway to see that all have hung up');
}

describe('a caller that asks for much at once', () => {
  it('and hangs up, is worked for no more', async () => {
    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    const arrived = arrivalOf(100);
    const sockets = Array.from({ length: 100 }, () => ask('scheduler_data?limit=1000', attacker));
    await arrived;
    await waitUntil(async () => worked.schedulerPages >= TURNS_OF_CALLER, 'the first to be read');
    await hangUp(sockets);
    opened.resolve();
    // Its own turns come after those of the requests that are gone.
    expect((await get('scheduler_data', attacker)).status).toBe(200);
    expect(worked.schedulerPages).toBe(TURNS_OF_CALLER + 1);
  });

  it('does not hold the event loop', async () => {
    const ask40 = async () => {
      const answers = Array.from({ length: 40 }, () => get('scheduler_data?limit=1000', attacker));
      for (const answer of answers) {
        const { data } = (await (await answer).json()) as { data: object[] };
        expect(data).toHaveLength(1000);
      }
    };
    await ask40();
    const { longestMs, totalMs } = await stretchesDuring(ask40);
    expect(longestMs).toBeLessThan(totalMs / 15);
  });

  it('and reads slowly, keeps only itself waiting', async () => {
    const readers = Array.from({ length: 5 }, () =>
      ask(`export?date=${HUGE}&format=ndjson&limit=all`, attacker),
    );
    const arrived = arrivalOf(40);
    const summaries = Array.from({ length: 40 }, () => ask(`summary?${RANGE}`, attacker));
    await arrived;
    await waitUntil(async () => areServed(readers) >= TURNS_OF_CALLER, 'the first of them to be served');
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
    // The attack is not over: nothing of it was served but what it had turns for.
    expect([areServed(readers), areServed(summaries)]).toEqual([TURNS_OF_CALLER, 0]);
    expect(worked.summaries).toBe(1);

    // Those that have gone while they waited are skipped, whatever is free now.
    await hangUp([...readers, ...summaries]);
    expect((await get(`summary?${RANGE}&group_by=day`, attacker)).status).toBe(200);
    expect(worked.summaries).toBe(2);
  });
});

it('many callers that read slowly leave connections to short reads, and their turns come back', async () => {
  const callers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => signed({ username: `caller ${index}`, directorate: '7' })),
  );
  const readers = callers.map((caller) => ask(`export?date=${HUGE}&format=ndjson&limit=all`, caller));
  await waitUntil(async () => areServed(readers) >= TURNS_IN_ALL, 'as many as may read at once');
  const short = await Promise.all(Array.from({ length: 20 }, () => get('status', other)));
  expect(new Set(short.map(({ status }) => status))).toEqual(new Set([200]));
  expect(areServed(readers)).toBe(TURNS_IN_ALL);
  await hangUp(readers);
  // Neither those that were reading nor those that were waiting keep a turn.
  const heavy = callers.map((caller) => ask(`export?date=${HUGE}&format=ndjson&limit=all`, caller));
  await waitUntil(async () => areServed(heavy) >= TURNS_IN_ALL, 'as many as may read at once, again');
  await hangUp(heavy);
});

it('a summary whose caller hangs up is cancelled on the server, and no other one', async () => {
  const slow = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  try {
    const slowAddress = await slow.app.listen({ port: 0, host: '127.0.0.1' });
    const rows = Array.from({ length: 400 }, (_, index) => course(index + 2));
    await mergeRows(slow, SMALL, rows);
    // Each row takes so long that a statement runs into its limit of ten seconds.
    await sql`ALTER TABLE user_activity_etl RENAME TO merged_rows`.execute(slow.warehouse);
    await sql`CREATE VIEW user_activity_etl AS SELECT * FROM merged_rows WHERE SLEEP(0.05) = 0`.execute(
      slow.warehouse,
    );
    const administrator = await signed({ username: 'admin', roles: [ADMIN_ROLE] });
    const { rows: own } = await sql<{ db: string }>`SELECT DATABASE() AS db`.execute(slow.warehouse);
    /** The first dates of the summaries that run on the server. */
    const running = async () => {
      const { rows: all } = await sql<{
        db: string | null;
        Info: string | null;
      }>`SHOW FULL PROCESSLIST`.execute(slow.warehouse);
      const found = all.filter(({ db, Info }) => db === own[0]?.db && Info?.includes('AS newest'));
      return found.map(({ Info }) => /'(\d{4}-\d{2}-\d{2})'/.exec(Info ?? '')?.[1]).toSorted();
    };
    const waiting = ask(`summary?from=2024-01-14&to=${SMALL}`, administrator, slowAddress);
    await waitUntil(async () => (await running()).length === 1, 'the first summary to run');
    const leaving = ask(`summary?from=2024-01-15&to=${SMALL}`, administrator, slowAddress);
    await waitUntil(async () => (await running()).length === 2, 'both summaries to run');
    leaving.destroy();
    await waitUntil(async () => (await running()).length < 2, 'one of them to end');
    // The other one began earlier, and would be the first to reach its limit.
    expect(await running()).toEqual(['2024-01-14']);
    expect(waiting.bytesRead).toBe(0);
    waiting.destroy();
    await waitUntil(async () => (await running()).length === 0, 'the other one to end');
  } finally {
    await slow.close();
  }
});
