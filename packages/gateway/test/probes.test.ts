import path from 'node:path';
import { openMysql } from '@etl/core';
import { type DatabaseServer, type Scratch, scratchFolder, startMariaDb, waitUntil } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';

// A MariaDB of its own, whose statements are counted and which can be silent without disturbing anybody.
let folder: Scratch<string>;
let mariaDb: DatabaseServer;
let gateway: Gateway;
let address: string;

beforeAll(async () => {
  folder = scratchFolder();
  mariaDb = await startMariaDb({ folder: path.join(folder.value, 'mariadb') });
  gateway = await openGateway({ mysqlUrl: mariaDb.url, redisUrl: inject('redisUrl') });
  address = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  await gateway?.close();
  await mariaDb?.stop();
  await folder.remove();
});

/** Reads that the server has run since it was started. */
async function readsSoFar(): Promise<number> {
  const db = openMysql({ url: mariaDb.url, connections: 1, statementSeconds: 10 });
  try {
    const { rows } = await sql<{ Value: string }>`SHOW GLOBAL STATUS LIKE 'Com_select'`.execute(db);
    return Number(rows[0]?.Value);
  } finally {
    await db.destroy();
  }
}

const probe = async (name: string) => (await fetch(`${address}${name}`)).status;
const probes = (name: string, count: number) => Promise.all(Array.from({ length: count }, () => probe(name)));

/** The statuses of the answers, and how many looks the server has seen for them, as far as its reads tell. */
async function looksFor(ask: () => Promise<number[]>, readsOfLook: number) {
  const before = await readsSoFar();
  const began = performance.now();
  const statuses = new Set(await ask());
  const seconds = (performance.now() - began) / 1000;
  return { statuses, looks: ((await readsSoFar()) - before) / readsOfLook, seconds };
}

it.each(['/health/ready', '/metrics'])(
  'however many ask, the database sees one look a second of %s',
  async (name) => {
    await probe(name);
    const fresh = await readsSoFar();
    // Until the kept answer is stale, and a look has been made anew.
    await waitUntil(async () => {
      await probe(name);
      return (await readsSoFar()) > fresh;
    }, 'a new look');
    const readsOfLook = (await readsSoFar()) - fresh;
    const status = () =>
      fetch(`${address}${API}/status`, { headers: { authorization: `Bearer ${TOKEN}` } }).then(
        (answer) => answer.status,
      );
    let statusDuring: number | undefined;
    const { statuses, looks, seconds } = await looksFor(async () => {
      const own = status();
      const found = await probes(name, 200);
      for (let more = 0; more < 40; more++) found.push(await probe(name));
      statusDuring = await own;
      return found;
    }, readsOfLook);
    expect(statuses).toEqual(new Set([200]));
    expect(statusDuring).toBe(200);
    // One more: `status` reads as well.
    expect(looks).toBeLessThanOrEqual(Math.ceil(seconds) + 2);
  },
);

it('a look at a silent database is awaited, not begun again', async () => {
  await probe('/health/ready');
  const before = await readsSoFar();
  await probe('/health/ready');
  process.kill(mariaDb.pid, 'SIGSTOP');
  try {
    await waitUntil(async () => (await probe('/health/ready')) === 503, 'the answer of before to be stale');
    expect(new Set(await probes('/health/ready', 100))).toEqual(new Set([503]));
    expect(new Set(await probes('/metrics', 100))).toEqual(new Set([200]));
    expect(new Set(await probes('/health/live', 10))).toEqual(new Set([200]));
  } finally {
    process.kill(mariaDb.pid, 'SIGCONT');
  }
  await waitUntil(async () => (await probe('/health/ready')) === 200, 'the gateway to be ready again');
  // Those that were under way, and those that found the server well again: not one for each probe.
  expect((await readsSoFar()) - before).toBeLessThan(100);
});
