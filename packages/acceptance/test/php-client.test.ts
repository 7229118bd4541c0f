import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { binary, installMissing } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, type System, TOKEN } from './system.ts';

const CLIENT = path.join(import.meta.dirname, 'php-client.php');

let system: System;

beforeAll(async () => {
  installMissing(['php'], (line) => process.stderr.write(`${line}\n`));
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startGateway();
  await system.startWorker();
});

afterAll(() => system?.close());

const client = async (token: string) => {
  const env = { PATH: process.env.PATH ?? '', API: system.api, TOKEN: token };
  return (await promisify(execFile)(binary('php'), [CLIENT], { env })).stdout;
};

it('the documented PHP client starts a run and prints its status', async () => {
  // PHP prints true as 1 and false as nothing.
  expect(await client(TOKEN)).toBe('ETL Status: 1');
  expect(await system.runEnd('2024-01-15')).toBe('completed');
  expect(await client('another-token')).toBe('ETL Status: ');
});
