import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { commandWithin, type Machine } from './servers/network.ts';
import { waitUntil } from './servers/server-process.ts';
import { endingWithParent } from './servers/with-parent.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

/** The processes of the system, by the name of the script that starts each. */
export type SystemProcessName = 'gateway' | 'worker' | 'migrate' | 'etl';

/** A running process of the system. */
export interface SystemProcess {
  pid: number;
  /** What it has written so far. */
  output(): string;
  /** Sends a signal and waits until the process has gone. Returns its exit code, or null where the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Waits until the process has gone by itself. Returns its exit code. */
  ended: Promise<number | null>;
}

/** What `pnpm <name>` gives to node, options included, so that a test runs what a user runs. */
function argumentsOf(name: SystemProcessName): string[] {
  const { scripts } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
  const [, ...words] = (scripts[name] as string).split(' ');
  return words.map((word) => (word.startsWith('packages/') ? path.join(REPOSITORY, word) : word));
}

/**
 * Starts a process of the system with exactly this environment (and PATH), its output going to `logFile`; on a machine of its own where
 * one is given.
 */
export function startProcess(
  name: SystemProcessName,
  options: {
    env: Record<string, string>;
    logFile: string;
    args?: string[];
    within?: Machine | undefined;
  },
): SystemProcess {
  const log = openSync(options.logFile, 'w');
  const words = [...argumentsOf(name), ...(options.args ?? [])];
  const command = endingWithParent(commandWithin(options.within?.netns, process.execPath, words));
  const child: ChildProcess = spawn(...command, {
    // Not the repository: a developer's own .env is no business of a demo or a test.
    cwd: path.dirname(options.logFile),
    // A group of its own: a Ctrl-C in the terminal is for us, and we end it in order. The kernel ends it if we cannot.
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH ?? '', ...options.env },
  });
  closeSync(log);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    pid: child.pid as number,
    output: () => readFileSync(options.logFile, 'utf8'),
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

/** Waits until a process has written something. Throws, with its output, where it ends before or takes too long. */
export async function waitForOutput(running: SystemProcess, text: string): Promise<void> {
  let gone = false;
  void running.ended.then(() => {
    gone = true;
  });
  await waitUntil(async () => gone || running.output().includes(text), `"${text}" in:\n${running.output()}`);
  if (!running.output().includes(text)) throw new Error(`The process ended early:\n${running.output()}`);
}

/** Runs a process of the system to its end. Returns its exit code and output. */
export async function runProcess(
  name: SystemProcessName,
  options: { env: Record<string, string>; logFile: string; args?: string[] },
): Promise<{ code: number | null; output: string }> {
  const running = startProcess(name, options);
  return { code: await running.ended, output: running.output() };
}
