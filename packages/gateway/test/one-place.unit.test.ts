import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const PACKAGES = path.resolve(import.meta.dirname, '../..');

const filesWith = (text: string, ...folders: string[]) =>
  folders
    .flatMap((folder) => globSync(`${folder}/src/**/*.ts`, { cwd: PACKAGES }))
    .filter((file) => readFileSync(path.join(PACKAGES, file), 'utf8').includes(text))
    .toSorted();

it('merged rows are asked for in one place, which wants to know the scope', () => {
  const files = filesWith("'user_activity_etl", 'warehouse', 'gateway', 'cli', 'queue', 'worker');
  expect(files.filter((file) => !file.includes('/migrations/'))).toEqual([
    'warehouse/src/scope.ts',
    // It writes.
    'warehouse/src/user-activity.ts',
  ]);
});

it('that somebody sees everything is said in one place', () => {
  expect(filesWith("'everything'", 'gateway', 'cli')).toEqual(['gateway/src/authentication/authenticate.ts']);
});

it('the address of a caller is read in one place', () => {
  expect(filesWith('x-forwarded-for', 'gateway')).toEqual(['gateway/src/request-address.ts']);
  // With it Fastify reads the header as well, and throws.
  expect(filesWith('trustProxy:', 'gateway')).toEqual([]);
});
