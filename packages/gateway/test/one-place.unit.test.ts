import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const PACKAGES = path.resolve(import.meta.dirname, '../..');

const filesWith = (text: string, ...folders: string[]) =>
  folders
    .flatMap((folder) => globSync(`${folder}/src/**/*.ts`, { cwd: PACKAGES }))
    .filter((file) => readFileSync(path.join(PACKAGES, file), 'utf8').includes(text))
    .toSorted();

it('merged rows are read in one place, which requires the scope', () => {
  const files = filesWith("'user_activity_etl", 'warehouse', 'gateway', 'cli', 'queue', 'worker');
  expect(files.filter((file) => !file.includes('/migrations/'))).toEqual([
    'warehouse/src/scope.ts',
    // It writes the rows.
    'warehouse/src/user-activity.ts',
  ]);
});

it('one place of each process grants the scope of everything', () => {
  expect(filesWith("'everything'", 'gateway', 'cli')).toEqual([
    // Who has the warehouse's password.
    'cli/src/operators-scope.ts',
    'gateway/src/authentication/authenticate.ts',
  ]);
});

it('one place reads the address of a caller', () => {
  expect(filesWith('x-forwarded-for', 'gateway')).toEqual(['gateway/src/request-address.ts']);
  // With this option Fastify reads the header as well, and throws.
  expect(filesWith('trustProxy:', 'gateway')).toEqual([]);
});
