import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { contractTables } from './contract-page.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

/** The text of each test file, by its name. */
const FILES = new Map(
  globSync('packages/*/test/**/*.test.ts', {
    cwd: REPOSITORY,
    exclude: (name) => name.includes('node_modules'),
  }).map((file) => [
    path.basename(file).replace(/(\.(unit|long))?\.test\.ts$/, ''),
    readFileSync(path.join(REPOSITORY, file), 'utf8'),
  ]),
);

it('every test that docs/contract.md names exists', () => {
  const rows = [...contractTables().values()].flat();
  expect(rows.length).toBeGreaterThan(80);
  // An apostrophe can be escaped in the file.
  const isMissing = ({ file, test }: (typeof rows)[number]) =>
    !FILES.get(file)?.replaceAll("\\'", "'").includes(test);
  expect(rows.filter(isMissing)).toEqual([]);
});
