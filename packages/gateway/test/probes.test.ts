import path from 'node:path';
import { openMysql } from '@etl/core';
import {
  type DatabaseServer,
  freeze,
  type Scratch,
  scratchFolder,
  startMariaDb,
  waitUntil,
} from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';

// Its own MariaDB: the test counts its statements, and freezes it.
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

/** The reads of the server since its start. */
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

/** The statuses of the answers, and the number of checks, by the server's count of reads. */
async function checksFor(ask: () => Promise<number[]>, readsPerCheck: number) {
  const before = await readsSoFar();
  const began = performance.now();
  const statuses = new Set(await ask());
  const seconds = (performance.now() - began) / 1000;
  return { statuses, checks: ((await readsSoFar()) - before) / readsPerCheck, seconds };
}

it.each(['/health/ready', '/metrics'])(
  '%s checks the database at most once a second, for any number of requests',
  async (name) => {
    await probe(name);
    const fresh = await readsSoFar();
    // Waits until the kept answer is stale and a new check has run.
    await waitUntil(async () => {
      await probe(name);
      return (await readsSoFar()) > fresh;
    }, 'a new check');
    const readsPerCheck = (await readsSoFar()) - fresh;
    const status = () =>
      fetch(`${address}${API}/status`, { headers: { authorization: `Bearer ${TOKEN}` } }).then(
        (answer) => answer.status,
      );
    let statusDuring: number | undefined;
    const { statuses, checks, seconds } = await checksFor(async () => {
      const own = status();
      const found = await probes(name, 200);
      for (let more = 0; more < 40; more++) found.push(await probe(name));
      statusDuring = await own;
      return found;
    }, readsPerCheck);
    expect(statuses).toEqual(new Set([200]));
    expect(statusDuring).toBe(200);
    // `status` reads as well: one more.
    expect(checks).toBeLessThanOrEqual(Math.ceil(seconds) + 2);
  },
);

it('probes share one check of a database that does not answer', async () => {
  await probe('/health/ready');
  const before = await readsSoFar();
  await probe('/health/ready');
  await freeze(mariaDb.pid);
  try {
    await waitUntil(async () => (await probe('/health/ready')) === 503, 'the kept answer to be stale');
    expect(new Set(await probes('/health/ready', 100))).toEqual(new Set([503]));
    expect(new Set(await probes('/metrics', 100))).toEqual(new Set([200]));
    expect(new Set(await probes('/health/live', 10))).toEqual(new Set([200]));
  } finally {
    process.kill(mariaDb.pid, 'SIGCONT');
  }
  await waitUntil(async () => (await probe('/health/ready')) === 200, 'the gateway to be ready again');
  // The checks that were running, and those after the freeze: fewer than the probes.
  expect((await readsSoFar()) - before).toBeLessThan(100);
});
