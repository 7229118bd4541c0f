import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { scratchFolder, waitUntil } from '../src/index.ts';

/** Whether a process runs. A zombie has no command line. */
function runs(pid: number): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
}

it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'servers and processes end when %s ends the process that started them',
  async (signal) => {
    const folder = scratchFolder();
    const starter = spawn(process.execPath, [path.join(import.meta.dirname, 'starter.ts'), folder.value], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let started: number[] = [];
    try {
      const [line] = (await once(createInterface(starter.stdout), 'line')) as [string];
      started = JSON.parse(line);
      expect(started.filter(runs)).toHaveLength(3);
      starter.kill(signal);
      await once(starter, 'exit');
      await waitUntil(async () => started.filter(runs).length === 0, `${started.filter(runs)} to end`);
    } finally {
      starter.kill('SIGKILL');
      for (const pid of started.filter(runs)) process.kill(pid, 'SIGKILL');
      await folder.remove();
    }
  },
);
