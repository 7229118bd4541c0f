import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { commandWithin, type Machine } from './network.ts';
import { endingWithParent } from './with-parent.ts';

/** A server that this process started, with the ways to end it and to start it again. */
export interface ServerProcess {
  /** The id of the current process, or of the last one. */
  readonly pid: number;
  /** Sends SIGTERM and waits until the process has ended. Safe to call twice. */
  stop(): Promise<void>;
  /** Sends SIGKILL and waits until the process has ended. */
  kill(): Promise<void>;
  /** Starts it again at the same address, with its data. */
  startAgain(): Promise<void>;
}

/**
 * Starts a server in its own process group, which a Ctrl-C in the terminal does not reach. Its output is in
 * `<folder>/<name>.log` and its process id in `<folder>/<name>.pid`. If this process ends without stopping it, the
 * kernel ends it. On a machine without `setpriv` a server can be left over in the folder: it is ended first.
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  let running = await launch(options);
  return {
    get pid() {
      return running.child.pid as number;
    },
    stop: () => running.end('SIGTERM'),
    kill: () => running.end('SIGKILL'),
    startAgain: async () => {
      running = await launch(options);
    },
  };
}

interface ServerOptions {
  name: string;
  folder: string;
  program: string;
  args: string[];
  isReady: () => Promise<boolean>;
  /** The machine on which it runs; this one by default. */
  within?: Machine | undefined;
  /** The account that runs it. Only root can choose one. */
  account?: string;
}

interface Launched {
  child: ChildProcess;
  end(signal: NodeJS.Signals): Promise<void>;
}

async function launch(options: ServerOptions): Promise<Launched> {
  const { name, folder, program, args, isReady, within, account } = options;
  const pidFile = path.join(folder, `${name}.pid`);
  const logFile = path.join(folder, `${name}.log`);
  await endLeftover(pidFile, program);

  const log = openSync(logFile, 'a');
  const child = spawn(...endingWithParent(commandWithin(within?.netns, program, args), account), {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.unref();
  writeFileSync(pidFile, String(child.pid));

  const end = async (signal: NodeJS.Signals) => {
    // An unreferenced child does not keep this process alive until it has ended.
    child.ref();
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
    rmSync(pidFile, { force: true });
  };
  try {
    await waitUntil(async () => (await isReady()) || hasEnded(child), `${name} to answer`);
    if (hasEnded(child)) {
      throw new Error(`${name} ended while starting. The end of ${logFile}:\n${lastLines(logFile)}`);
    }
  } catch (cause) {
    await end('SIGKILL');
    throw cause;
  }
  return { child, end };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}

async function endLeftover(pidFile: string, program: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const isOurs = () => {
    try {
      // The system reuses process ids: only a process of the same program is the left-over one.
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(program);
    } catch {
      return false;
    }
  };
  if (isOurs()) process.kill(pid, 'SIGTERM');
  await waitUntil(async () => !isOurs(), `the left-over process ${pid} to end`);
  rmSync(pidFile, { force: true });
}

/** Polls until the condition holds. Throws after `seconds` with `what` in its message. */
export async function waitUntil(
  condition: () => Promise<boolean>,
  what: string,
  { seconds = 60, everyMs = 25 } = {},
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A TCP port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === undefined) throw new Error('There is no free port on 127.0.0.1');
  return port;
}

/** Linux gives outgoing connections ports from 32768 on. */
const LOW_PORTS = { from: 20_000, to: 32_000 };

/** A free port that no outgoing connection takes: for a server that starts later or restarts while others connect. */
export async function freeLowPort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOW_PORTS.from, LOW_PORTS.to);
    if (await isPortFree(port)) return port;
  }
}

export async function isPortFree(port: number): Promise<boolean> {
  return (await tryPort(port)) !== undefined;
}

/** Listens on a port for a moment. Returns the port, or undefined if that fails. 0 stands for any. */
async function tryPort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
