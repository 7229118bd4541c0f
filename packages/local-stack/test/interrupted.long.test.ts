import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { scratchFolder, waitUntil } from '../src/index.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;

/** Whether a process runs. A zombie does not. `/proc/…/cmdline` would not do: it is empty during an `exec`. */
function runs(pid: number): boolean {
  const file = `/proc/${pid}/status`;
  return existsSync(file) && !/^State:\s+[ZX]/m.test(readFileSync(file, 'utf8'));
}

/** Interrupts a process once it has started others, and waits until those have ended. */
async function interrupt(
  starter: ChildProcess,
  signal: NodeJS.Signals,
  idsOfStarted: () => Promise<number[]>,
): Promise<void> {
  let started: number[] = [];
  try {
    started = await idsOfStarted();
    expect(started.filter(runs)).toEqual(started);
    starter.kill(signal);
    await waitUntil(async () => !started.some(runs), `${started.filter(runs)} to end`);
  } finally {
    starter.kill('SIGKILL');
    for (const pid of started.filter(runs)) process.kill(pid, 'SIGKILL');
  }
}

it.each(SIGNALS)('servers and processes end when %s ends the process that started them', async (signal) => {
  const folder = scratchFolder();
  const starter = spawn(process.execPath, [path.join(import.meta.dirname, 'starter.ts'), folder.value], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await interrupt(starter, signal, async () => {
    const [line] = (await once(createInterface(starter.stdout), 'line')) as [string];
    return JSON.parse(line);
  });
  await folder.remove();
});

it.each(SIGNALS)('servers end when %s ends the test run that started them', async (signal) => {
  const folder = scratchFolder();
  const vitest = path.join(
    path.dirname(fileURLToPath(import.meta.resolve('vitest/package.json'))),
    'vitest.mjs',
  );
  const run = spawn(process.execPath, [vitest, 'run'], {
    cwd: path.join(import.meta.dirname, 'interrupted-run'),
    env: { PATH: process.env.PATH, RUN_FOLDER: folder.value },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const pidFiles = ['set-up', 'test'].map((part) => path.join(folder.value, part, 'redis.pid'));
  await interrupt(run, signal, async () => {
    await waitUntil(async () => pidFiles.every((file) => existsSync(file)), 'the run to start its servers');
    return pidFiles.map((file) => Number(readFileSync(file, 'utf8')));
  });
  await folder.remove();
});
