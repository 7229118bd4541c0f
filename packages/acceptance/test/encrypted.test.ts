import path from 'node:path';
import {
  type Authority,
  type DatabaseServer,
  freePort,
  installMissing,
  makeAuthority,
  type RedisServer,
  type Scratch,
  scratchFolder,
  startMariaDb,
  startRedis,
  withConnection,
} from '@etl/local-stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentedTables, loadedTables, openSystem, post, type System } from './system.ts';

const DATE = '2024-01-15';
const PASSWORD = 'of-this-test';

let folder: Scratch<string>;
let authority: Authority;
/** Of an unknown authority. */
let strangers: Authority;
let mariaDb: DatabaseServer;
let redis: RedisServer;
let tlsPort: number;
let system: System;

beforeAll(async () => {
  installMissing(['openssl'], (line) => process.stderr.write(`${line}\n`));
  folder = scratchFolder();
  authority = makeAuthority(folder.value, 'ours');
  strangers = makeAuthority(folder.value, 'strangers');
  await startServersWithCertificateOf('localhost');
  system = await openSystem({ mysqlUrl: mariaDb.url, redisUrl: redis.url });
  // The server accepts this account over TLS only.
  await withConnection(mariaDb.url, async (connection) => {
    await connection.query(`CREATE USER 'encrypted'@'%' IDENTIFIED BY '${PASSWORD}' REQUIRE SSL`);
    await connection.query("GRANT ALL PRIVILEGES ON *.* TO 'encrypted'@'%'");
  });
  const database = (url: string) =>
    `mysql://encrypted:${PASSWORD}@localhost:${mariaDb.port}${new URL(url).pathname}`;
  Object.assign(system.env, {
    ETL_DATABASE_URL: database(system.warehouseUrl),
    MOODLE_DATABASE_URL: database(system.sourceUrl),
    // The port for TLS only.
    REDIS_URL: `redis://:${PASSWORD}@localhost:${tlsPort}`,
  });
});

afterAll(async () => {
  await system?.close();
  await redis?.stop();
  await mariaDb?.stop();
  await folder.remove();
});

async function startServersWithCertificateOf(host: string): Promise<void> {
  const { certificate, key } = authority.certificateFor(host);
  const ports = mariaDb && { mariaDb: mariaDb.port, redis: redis.port };
  mariaDb = await startMariaDb({
    folder: path.join(folder.value, 'mariadb'),
    args: [`--ssl-ca=${authority.ca}`, `--ssl-cert=${certificate}`, `--ssl-key=${key}`],
    ...(ports && { port: ports.mariaDb }),
  });
  tlsPort ??= await freePort();
  redis = await startRedis({
    folder: path.join(folder.value, 'redis'),
    password: PASSWORD,
    args: [
      ...['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'],
      ...['--tls-ca-cert-file', authority.ca, '--tls-cert-file', certificate, '--tls-key-file', key],
    ],
    ...(ports && { port: ports.redis }),
  });
}

function speakOverTls(tls: string): void {
  Object.assign(system.env, { ETL_DATABASE_TLS: tls, MOODLE_DATABASE_TLS: tls, REDIS_TLS: tls });
}

async function faults(): Promise<string[]> {
  const { output } = await system.etl('doctor');
  return output.split('\n').filter((line) => line.startsWith('fault'));
}

it('over TLS a run gives the same tables', async () => {
  speakOverTls(authority.ca);
  await system.startGateway();
  await system.startWorker();
  expect((await system.call('run_pipeline', post({ date: DATE }))).code).toBe(202);
  expect(await system.runEnd(DATE)).toBe('completed');
  expect(await loadedTables(system, DATE)).toEqual(await documentedTables(system, DATE));
  expect(await faults()).toEqual([]);
});

it.each([
  ['whose connection is not encrypted', () => 'off', [/ECONNRESET|closed|EPIPE/, /Access denied/]],
  ['whose certificate is of an unknown authority', () => strangers.ca, [/certificate/, /certificate/]],
])('processes reject servers %s', async (_, tls, [ofRedis, ofDatabases]) => {
  speakOverTls(tls());
  expect(await faults()).toEqual([
    expect.stringMatching(new RegExp(`redis: .*(${ofRedis?.source})`)),
    expect.stringMatching(new RegExp(`warehouse: .*(${ofDatabases?.source})`)),
    expect.stringMatching(new RegExp(`moodle database: .*(${ofDatabases?.source})`)),
  ]);
});

it('processes reject servers whose certificate is for another name', async () => {
  await redis.stop();
  await mariaDb.stop();
  await startServersWithCertificateOf('elsewhere.example');
  speakOverTls(authority.ca);
  const found = await faults();
  expect(found).toHaveLength(3);
  for (const fault of found) expect(fault).toMatch(/certificate's altnames/);
});
