import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type Scratch, scratchFolder } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

const SOURCE = path.resolve(import.meta.dirname, '../src');

let folder: Scratch<string>;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => folder?.remove());

const bench = (...args: string[]) => run('main.ts', '--out', folder.value, ...args);

async function run(main: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [path.join(SOURCE, main), '--folder', folder.value, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      LOCAL_STACK_MYSQL_URL: inject('mysqlUrl'),
      LOCAL_STACK_REDIS_URL: inject('redisUrl'),
    },
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, output: output + errors };
}

it('pnpm bench measures a small Moodle, checks the figures of both sides, and writes its report', async () => {
  const small = ['--rows', '3e4', '--courses', '50', '--role-assignments', '2000', '--rounds', '2'];
  const merged = ['--export-rows', '5000', '--dates', '40', '--merged-courses', '60'];
  const { code, output } = await bench(...small, ...merged, '--load-seconds', '1');
  expect(output).toMatch(/: \d+ courses, [\d,]+ counts, 0 differences\n/);
  expect(output).toContain('Written: ');
  expect(code).toBe(0);
  const report = readFileSync(path.join(folder.value, 'benchmarks.md'), 'utf8');
  for (const line of [
    'activity_counts, this system, with its load',
    'user_counts, this system, with its load',
    'whole pipeline, from the POST to completed',
    'documented pages, `DATE(FROM_UNIXTIME(timecreated))`',
    'slices of 250,000 rows',
    'this system, 3,000 rows',
    'this system, 30,000 rows',
    'backfill of 30 days',
    'worker, log of 30,000 rows',
    'empty day with 50 courses',
    'export, the same page',
    'CSV of 5,000 rows',
    'plain GROUP BY of the daily rows of a year',
    'summary by day: a year, ten categories',
    'series of enrolments by week: three years, all',
    'Views of each day, as a time series',
    'the part alone, in a transaction of its own',
    'gateway with 30 listeners',
  ]) {
    expect(report).toMatch(
      new RegExp(`^\\| ${RegExp.escape(line)} \\| [\\d.,–]+ (ms|MB|requests/s|%) \\|`, 'm'),
    );
  }
  const chart = readFileSync(path.join(folder.value, 'benchmarks.svg'), 'utf8');
  expect(chart.match(/<polyline/g)).toHaveLength(3);
  expect(chart).not.toContain('NaN');
});

it('pnpm bench rejects an unknown part and a number that is not one', async () => {
  expect(await bench('--only', 'speed')).toMatchObject({
    code: 2,
    output: expect.stringContaining('it takes one-day'),
  });
  expect(await bench('--rows', 'many')).toMatchObject({
    code: 2,
    output: '--rows takes a whole number, not "many"\n',
  });
});

it('pnpm budgets visits every view of the dashboard and prints a table with each of its figures', async () => {
  const small = ['--dates', '100', '--merged-courses', '200', '--rounds', '1'];
  const { code, output } = await run('budgets/main.ts', ...small);
  expect(code, output).toBe(0);
  for (const view of [
    'Sign in',
    'Home',
    'Home, three years',
    'Explore',
    'Category',
    'Course',
    'Runs',
    'Share',
  ])
    expect(output).toMatch(new RegExp(`^\\| ${view} \\|( \\**[\\d.,–]+\\** \\|){11}$`, 'm'));
});
