import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, isPortFree } from '../servers/server-process.ts';
import { type LocalStack, startStack } from '../stack.ts';
import { addresses } from './addresses.ts';
import { clientOf } from './api.ts';
import { extractWeeks, finishLeftOver } from './extract-weeks.ts';
import { DEFAULT_PORT, type DemoOptions, demoOptions, HELP } from './options.ts';
import { runAndShow } from './show-run.ts';
import { signInAddress } from './sign-in-address.ts';
import { DEMO_TOKEN, prepareDemo, startDemoProcesses } from './system.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = demoOptions();
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  mkdirSync(options.folder, { recursive: true });
  // close-with-grace does not fit: it exits at a second Ctrl-C. The demo ignores that one, because its servers must
  // stop first: a killed demo would leave a MariaDB and a Redis behind.
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      say('\nStopping …');
      interrupted.abort();
    });
  }
  const stack = await startStack(options.folder, { say });
  try {
    await show(stack, options, interrupted.signal);
  } finally {
    await stack.stop();
  }
}

/** Fills, starts and runs everything, then waits for the interruption. Stops the processes, whatever happens. */
async function show(stack: LocalStack, options: DemoOptions, interrupted: AbortSignal): Promise<void> {
  const { folder, sample } = options;
  const port = options.port ?? (await gatewayPort());
  if (interrupted.aborted) return;
  const { env, moveTo } = await prepareDemo(stack, { ...options, port, say });
  const envFile = path.join(folder, 'env');
  writeFileSync(envFile, envLines(env), { mode: 0o600 });
  if (interrupted.aborted) return;
  const stopProcesses = await startDemoProcesses(folder, env);
  try {
    const api = `http://127.0.0.1:${port}/api/user_activity_etl`;
    const call = clientOf(api, DEMO_TOKEN);
    say('Gateway and two workers are up.');
    await finishLeftOver({ call, say });
    await moveTo(options.date);
    say('One day: POST run_pipeline …\n');
    say(await runAndShow(call, options.date));
    if (options.once || interrupted.aborted) return;
    say('');
    await extractWeeks({ call, sample, moveTo, say, interrupted });
    if (interrupted.aborted) return;
    const dashboard = await signInAddress(`http://127.0.0.1:${port}`, env);
    say(addresses({ port, folder, env, envFile, dashboard }));
    await new Promise((resolve) => interrupted.addEventListener('abort', resolve));
  } finally {
    await stopProcesses();
  }
}

/** The documented port, or a free one if another process uses it. */
async function gatewayPort(): Promise<number> {
  if (await isPortFree(DEFAULT_PORT)) return DEFAULT_PORT;
  const port = await freePort();
  say(`Port ${DEFAULT_PORT} is in use: the gateway gets ${port}.`);
  return port;
}

function envLines(env: Record<string, string>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
