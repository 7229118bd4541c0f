import path from 'node:path';
import { scratchFolder, startMariaDb, startRedis, waitUntil } from '@etl/local-stack';
import { expect, it, onTestFinished } from 'vitest';
import { openSystem, post } from './system.ts';

const DATE = '2024-01-15';

it('processes that start before their servers say what they wait for, and work once the servers answer', async () => {
  const folder = scratchFolder();
  const at = (name: string) => path.join(folder.value, name);
  const warehouse = await startMariaDb({ folder: at('warehouse') });
  const moodle = await startMariaDb({ folder: at('moodle') });
  const redis = await startRedis({ folder: at('redis') });
  const system = await openSystem({
    ...{ mysqlUrl: warehouse.url, sourceMysqlUrl: moodle.url, redisUrl: redis.url },
  });
  onTestFinished(async () => {
    await system.close();
    await Promise.all([warehouse.stop(), moodle.stop(), redis.stop()]);
    await folder.remove();
  });
  await Promise.all([warehouse.stop(), moodle.stop(), redis.stop()]);

  const worker = await system.startWorker();
  const gateway = await system.startGateway();
  const waits = (server: string) => new RegExp(`"server":"${server}".*server is unreachable, waiting for it`);
  const isReachable = (server: string) => new RegExp(`"server":"${server}".*server is reachable again`);
  await waitUntil(
    async () =>
      waits('ETL_DATABASE_URL').test(worker.output()) &&
      waits('MOODLE_DATABASE_URL').test(worker.output()) &&
      worker.output().includes('redis is unreachable') &&
      waits('ETL_DATABASE_URL').test(gateway.output()) &&
      gateway.output().includes('redis is unreachable'),
    'both processes to say what they wait for',
  );

  await redis.startAgain();
  await moodle.startAgain();
  await warehouse.startAgain();
  await waitUntil(
    async () => (await fetch(new URL('/health/ready', system.api))).ok,
    'the gateway to be ready',
  );
  expect((await system.call('run_pipeline', post({ date: DATE }))).code).toBe(202);
  expect(await system.runEnd(DATE)).toBe('completed');
  await waitUntil(
    async () =>
      [isReachable('ETL_DATABASE_URL'), isReachable('MOODLE_DATABASE_URL'), /redis is reachable again/].every(
        (line) => line.test(worker.output()),
      ),
    'the worker to say that they are there',
  );
  // One line for each server, however long the wait.
  expect(worker.output().match(/server is unreachable/g)).toHaveLength(2);
  expect(worker.output().match(/redis is unreachable/g)?.length).toBeLessThanOrEqual(2);
});
