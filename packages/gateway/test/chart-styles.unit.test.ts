import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { DASHBOARD_POLICY } from '../src/dashboard/policy.ts';

const PLOT = path.resolve(import.meta.dirname, '../../dashboard/node_modules/@observablehq/plot/src');

it('the policy of the dashboard allows exactly the style that the chart library adds', () => {
  const read = (file: string) => readFileSync(path.join(PLOT, file), 'utf8');
  const [, usualClass = ''] = /if \(name === undefined\) return "([\w-]+)"/.exec(read('style.js')) ?? [];
  const styles = [...read('plot.js').matchAll(/append\("style"\)\.text\(\s*`([^`]*)`/g)].map(([, css = '']) =>
    css.replace(/\$\{className\}/g, usualClass),
  );
  expect(styles).toHaveLength(1);
  const hashes = styles.map((css) => `sha256-${createHash('sha256').update(css).digest('base64')}`);
  expect([...DASHBOARD_POLICY.matchAll(/sha256-[^']+/g)].map(String)).toEqual(hashes);
});
