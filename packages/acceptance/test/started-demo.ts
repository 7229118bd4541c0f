import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { freePort } from '@etl/local-stack';

const DEMO = path.resolve(import.meta.dirname, '../../local-stack/src/demo/main.ts');

export interface StartedDemo {
  child: ChildProcess;
  port: number;
  /** Its exit code when it ends. */
  ended: Promise<number | null>;
  /** What it has printed so far. */
  output(): string;
}

/** Starts a small demo in its own folder, on its own servers. */
export async function startDemo(
  folder: string,
  args: readonly string[] = [],
  further: Record<string, string> = {},
): Promise<StartedDemo> {
  const port = await freePort();
  const { LOCAL_STACK_MYSQL_URL: _, LOCAL_STACK_REDIS_URL: __, ...env } = process.env;
  const small = ['--courses', '40', '--rows-per-day', '1500'];
  const child = spawn(
    process.execPath,
    [DEMO, '--folder', folder, '--port', String(port), ...small, ...args],
    { env: { ...env, ...further }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, port, ended, output: () => output };
}

/** The environment that the demo wrote for its processes. */
export function demoEnv(folder: string): Record<string, string> {
  return parseEnv(readFileSync(path.join(folder, 'env'), 'utf8')) as Record<string, string>;
}

/** Command lines of processes that run in the demo's folder or name it. */
export function leftBehind(folder: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map((pid) => {
      try {
        return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8')} in ${readlinkSync(`/proc/${pid}/cwd`)}`;
      } catch {
        return '';
      }
    })
    .filter((process) => process.includes(folder));
}
