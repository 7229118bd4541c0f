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
  /** Its output so far. */
  output(): string;
  /** Sends a signal and waits until the process has ended. Returns its exit code, or null if the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Resolves with its exit code when the process ends. */
  ended: Promise<number | null>;
}

/** The arguments that `pnpm <name>` passes to node: a test runs what a user runs. */
function argumentsOf(name: SystemProcessName): string[] {
  const { scripts } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
  const [, ...words] = (scripts[name] as string).split(' ');
  return words.map((word) => (word.startsWith('packages/') ? path.join(REPOSITORY, word) : word));
}

/**
 * Starts a process of the system with exactly this environment and PATH. Its output goes to `logFile`. With `within`
 * it runs on that machine.
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
    // Not the repository, where a developer may have an .env file.
    cwd: path.dirname(options.logFile),
    // Its own process group: Ctrl-C in the terminal reaches only this process, which ends the others in order. If it
    // cannot, the kernel does.
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

/** Waits until a process has written `text`. Throws with its output if the process ends first or takes too long. */
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
