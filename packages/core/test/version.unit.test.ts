import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { systemVersion } from '../src/index.ts';

it('the version of the system is the one of the root package', () => {
  const manifest = path.resolve(import.meta.dirname, '../../../package.json');
  expect(systemVersion()).toBe(JSON.parse(readFileSync(manifest, 'utf8')).version);
});
