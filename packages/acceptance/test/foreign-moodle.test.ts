import path from 'node:path';
import {
  createAccount,
  type DatabaseServer,
  type Scratch,
  scratchFolder,
  scratchName,
  startDatabase,
  withConnection,
} from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { loadedTables, openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

const DATE = '2024-01-15';

let folder: Scratch<string>;
let sourceServer: DatabaseServer;
let system: System;
let reader: string;

beforeAll(async () => {
  folder = scratchFolder();
  sourceServer = await startDatabase({
    folder: path.join(folder.value, 'source'),
    args: [
      '--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO',
      // Another zone than the system's.
      '--default-time-zone=+05:30',
    ],
  });
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl'), sourceMysqlUrl: sourceServer.url },
    { sample: { ...SMALL_SAMPLE, prefix: 'elearn_' }, env: { MOODLE_TABLE_PREFIX: 'elearn_' } },
  );
  reader = await createAccount(sourceServer.url, {
    user: 'reader',
    password: scratchName('password'),
    rights: 'SELECT',
    database: new URL(system.sourceUrl).pathname.slice(1),
  });
  system.env.MOODLE_DATABASE_URL = reader;
});

afterAll(async () => {
  await system?.close();
  await sourceServer?.stop();
  await folder.remove();
});

it('a run extracts a Moodle on another server, with another prefix, strict modes and a read-only account', async () => {
  const [grants] = await withConnection(reader, (connection) => connection.query('SHOW GRANTS'));
  expect(JSON.stringify(grants)).toMatch(/GRANT SELECT ON/);
  expect(JSON.stringify(grants)).not.toMatch(/INSERT|UPDATE|DELETE|PROCESS|SUPER|ALL PRIVILEGES/);

  await system.startGateway();
  await system.startWorker();
  expect((await system.call('run_pipeline', post({ date: DATE }))).code).toBe(202);
  expect(await system.runEnd(DATE)).toBe('completed');
  const elsewhere = await loadedTables(system, DATE);

  // The same sample on the usual server gives the same tables.
  const usual = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  try {
    await usual.startGateway();
    await usual.startWorker();
    await usual.call('run_pipeline', post({ date: DATE }));
    expect(await usual.runEnd(DATE)).toBe('completed');
    expect(elsewhere).toEqual(await loadedTables(usual, DATE));
    expect(elsewhere.user_activity_etl?.length).toBeGreaterThan(20);
  } finally {
    await usual.close();
  }
});

it('each batch can have its own worker process', async () => {
  const apart = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  try {
    await apart.startGateway();
    const workers = [];
    for (const batch of ['activity_counts', 'user_counts', 'main_etl']) {
      workers.push({ batch, process: await apart.startWorker({ ETL_WORKER_BATCHES: batch }) });
    }
    await apart.call('run_pipeline', post({ date: DATE }));
    expect(await apart.runEnd(DATE)).toBe('completed');
    for (const { batch, process } of workers) {
      const done = process
        .output()
        .split('\n')
        .filter((line) => line.includes('batch completed'))
        .map((line) => JSON.parse(line));
      expect(done).toMatchObject([{ batch, runId: expect.any(String), jobId: expect.any(String) }]);
    }
  } finally {
    await apart.close();
  }
});
