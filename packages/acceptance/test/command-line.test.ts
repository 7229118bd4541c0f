import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { waitUntil } from '@etl/local-stack';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openLogLock, openSystem, type System } from './system.ts';

const MAIN = path.resolve(import.meta.dirname, '../../cli/src/main.ts');
const GREEN = '\u001b[32m';

let system: System;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startWorker();
});

afterAll(() => system?.close());

/** Starts the command in a new terminal. */
function startInTerminal(args: string[], env: Record<string, string> = {}) {
  const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
  return spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd: system.folder,
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', ...system.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Runs the command in a new terminal. Returns its output. */
async function inTerminal(args: string[], env: Record<string, string> = {}): Promise<string> {
  const child = startInTerminal(args, env);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number]>]);
  expect(code).toBe(0);
  return output;
}

/** Waits for the end of a date's newest run. Returns its status. */
async function endOf(date: string): Promise<string> {
  let status = '';
  await waitUntil(async () => {
    const { output } = await system.etl('status', date, '--json');
    status = JSON.parse(output).data.etl_status;
    return ['completed', 'failed'].includes(status);
  }, `the run of ${date} to end`);
  return status;
}

describe('on a terminal', () => {
  it('on a terminal a run has a bar for each batch, and a coloured end', async () => {
    const output = await inTerminal(['pipeline', '2024-01-15']);
    for (const batch of ['activity_counts', 'user_counts', 'main_etl']) {
      expect(stripVTControlCharacters(output)).toMatch(
        new RegExp(`${batch} +\\[=+\\] 100% \\d+/\\d+ rows, completed`),
      );
    }
    expect(output).toContain(`${GREEN}completed`);
    // The cursor moves up, so that the bars move in place.
    expect(output).toContain('\u001b[2A');
  });

  it('on a terminal a backfill has one bar for all its days, and a line for each day above it', async () => {
    const output = stripVTControlCharacters(await inTerminal(['backfill', '2024-01-11', '2024-01-13']));
    expect(output).toContain('Queued: 3 runs');
    expect(output.match(/Run [0-9a-f-]{36} of 2024-01-1[123] completed\r?\n/g)).toHaveLength(3);
    expect(output.trimEnd()).toMatch(/completed\r?\n(\[=+\] 3 of 3 days)+$/);
    expect(output).not.toContain('activity_counts');
  });

  it.each([
    ['a run', ['pipeline', '2024-01-16'], /activity_counts +\[/],
    ['a backfill', ['backfill', '2024-01-09', '2024-01-10'], /0 of 2 days/],
  ])(
    'Ctrl-C ends the command that follows %s, gives the cursor back, and the runs go on',
    async (_, args, bar) => {
      const lock = await openLogLock(system);
      try {
        await lock.hold();
        const child = startInTerminal(args);
        let output = '';
        let isInterrupted = false;
        child.stdout.on('data', (data) => {
          output += data;
          if (isInterrupted || !bar.test(stripVTControlCharacters(output))) return;
          isInterrupted = true;
          child.stdin.write('\u0003');
        });
        expect(await once(child, 'exit')).toEqual([130, null]);
        expect(output).toContain('The runs go on.');
        const [hidden, shown] = ['\u001b[?25l', '\u001b[?25h'];
        expect(output.lastIndexOf(shown)).toBeGreaterThan(output.lastIndexOf(hidden));
        await lock.release();
        for (const date of args.slice(1)) expect(await endOf(date)).toBe('completed');
      } finally {
        await lock.close();
      }
    },
  );

  it('NO_COLOR turns off colours', async () => {
    const plain = await inTerminal(['status', '2024-01-15'], { NO_COLOR: '1' });
    expect(plain).toContain('Status:              completed');
    expect(plain).not.toContain('\u001b');
    expect(await inTerminal(['status', '2024-01-15'])).toContain(`${GREEN}completed`);
  });
});

describe('in a pipe', () => {
  it('in a pipe a run is printed in plain lines', async () => {
    const { output } = await system.etl('pipeline', '2024-01-14');
    expect(output).not.toContain('\u001b');
    const lines = output.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^Run [0-9a-f-]{36} of 2024-01-14 completed$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/^activity_counts +completed: \d+ rows read, \d+ loaded$/),
    );
  });

  it('the command runs each batch by itself', async () => {
    for (const batch of ['activity_counts', 'user_counts', 'main_etl']) {
      const { code, output } = await system.etl(batch, '2024-01-12');
      expect(output).toMatch(
        new RegExp(`${batch} +completed: .*Run [0-9a-f-]{36} of 2024-01-12 completed`, 's'),
      );
      expect(code).toBe(0);
    }
  });

  it('in a pipe each line of a table has as many words as there are columns', async () => {
    const { output } = await system.etl('scheduler_data', '--limit', '5');
    const [headings = '', ...rows] = output.trimEnd().split('\n');
    expect(headings.split(/ +/)).toEqual([
      'id',
      'date',
      'batch',
      'status',
      'rows',
      'trigger',
      'by',
      'attempt',
      'run',
      'error',
    ]);
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row.split(/ +/)).toHaveLength(10);
  });

  it('scheduler_data filters by date, batch and status', async () => {
    const { output } = await system.etl(
      'scheduler_data',
      '2024-01-14',
      '--batch',
      'main_etl',
      '--status',
      '1',
      '--json',
    );
    expect(JSON.parse(output).data).toMatchObject([
      { batch_name: 'main_etl', extraction_date: '2024-01-14', status: 1 },
    ]);
    expect((await system.etl('scheduler_data', '--status', '3')).output.trimEnd().split('\n')).toHaveLength(
      1,
    );
    expect(await system.etl('scheduler_data', '--batch', 'all')).toMatchObject({ code: 2 });
    expect(await system.etl('scheduler_data', '--limit', '1001')).toMatchObject({
      code: 2,
      output: expect.stringContaining('It takes a whole number from 1 to 1000.'),
    });
  });

  it('a closed pipe ends the command without an error', async () => {
    const command = `'${process.execPath}' '${MAIN}' scheduler_data | true`;
    const child = spawn('bash', ['--norc', '-c', `${command}; echo "codes \${PIPESTATUS[*]}"`], {
      cwd: system.folder,
      env: { PATH: process.env.PATH ?? '', ...system.env },
    });
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(output).toBe('codes 0 0\n');
    expect(errors).toBe('');
  });

  it('an error says what to do', async () => {
    expect(await system.etl('main_etl', '2020-01-01')).toMatchObject({
      code: 3,
      output: expect.stringContaining('Run both for that date first: etl activity_counts DATE'),
    });
  });

  it('the help has examples and the exit codes', async () => {
    const { code, output } = await system.etl();
    expect(code).toBe(0);
    expect(output).toContain('etl backfill 2024-01-01 2024-01-31');
    expect(output).toContain('Exit codes: 0 completed, 1 failed, 2 wrong usage, 3 refused');
    for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
