import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SAMPLE_DEFAULTS } from '../sample-moodle/sample-moodle.ts';
import { freePort, isPortFree } from '../servers/server-process.ts';
import { startStack } from '../stack.ts';
import { runAndShow } from './show-run.ts';
import { DEMO_TOKEN, prepareDemo, startDemoProcesses } from './system.ts';

const HELP = `Usage: ./scripts/demo.sh [options]

Starts a private MariaDB and Redis, fills a sample Moodle, starts the gateway and two workers,
runs the pipeline for one day through the API and shows its result. Stays up until Ctrl-C.

  --once            stop after the run
  --date DATE       the day to run                    (2024-01-15)
  --courses N       courses of the sample             (${SAMPLE_DEFAULTS.courses})
  --rows-per-day N  log rows of a Monday              (${SAMPLE_DEFAULTS.rowsPerDay})
  --port N          the gateway's port                (8081, or a free one if that is taken)
  --folder DIR      where the demo keeps its data     (.local/demo)
  --all-interfaces  listen on all interfaces: only for a container, because the demo's tokens are public
`;

const REPOSITORY = path.resolve(import.meta.dirname, '../../../..');
const DEFAULT_FOLDER = path.join(REPOSITORY, '.local/demo');
/** A container has no scripts and runs the right Node already. */
const ETL = existsSync(path.join(REPOSITORY, 'scripts/pnpm.sh'))
  ? './scripts/pnpm.sh etl'
  : 'node packages/cli/src/main.ts';
const DEFAULT_PORT = 8081;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      date: { type: 'string', default: '2024-01-15' },
      courses: { type: 'string', default: String(SAMPLE_DEFAULTS.courses) },
      'rows-per-day': { type: 'string', default: String(SAMPLE_DEFAULTS.rowsPerDay) },
      port: { type: 'string' },
      folder: { type: 'string', default: DEFAULT_FOLDER },
      'all-interfaces': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const folder = path.resolve(values.folder);
  const sample = {
    ...SAMPLE_DEFAULTS,
    courses: wholeNumber('--courses', values.courses),
    rowsPerDay: wholeNumber('--rows-per-day', values['rows-per-day']),
    dates: datesOf(values.date),
  };
  mkdirSync(folder, { recursive: true });
  // close-with-grace does not fit: it exits at a second Ctrl-C. The demo ignores that one, because its servers must
  // stop first: a killed demo would leave a MariaDB and a Redis behind.
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      say('\nStopping …');
      interrupted.abort();
    });
  }
  const whenInterrupted = () => {
    if (interrupted.signal.aborted) return Promise.resolve();
    return new Promise<void>((resolve) => interrupted.signal.addEventListener('abort', () => resolve()));
  };
  const stack = await startStack(folder, { say });
  let stopProcesses = async () => {};
  try {
    const port = values.port === undefined ? await gatewayPort() : wholeNumber('--port', values.port);
    if (interrupted.signal.aborted) return;
    const host = values['all-interfaces'] ? '0.0.0.0' : '127.0.0.1';
    const env = await prepareDemo(stack, { folder, host, port, sample, say });
    const envFile = path.join(folder, 'env');
    writeFileSync(envFile, envLines(env), { mode: 0o600 });
    if (interrupted.signal.aborted) return;
    stopProcesses = await startDemoProcesses(folder, env);
    const api = `http://127.0.0.1:${port}/api/user_activity_etl`;
    say('Gateway and two workers are up. POST run_pipeline …\n');
    say(await runAndShow(api, DEMO_TOKEN, values.date));
    if (values.once) return;
    say(`
API         ${api}        Authorization: Bearer ${DEMO_TOKEN}
Bull Board  http://127.0.0.1:${port}/admin/queues  user ${env.BULL_BOARD_USER}, password ${env.BULL_BOARD_PASSWORD}
Logs        ${folder}/*.log
Command     set -a; . ${path.relative(process.cwd(), envFile)}; set +a; ${ETL} status
Ctrl-C stops everything.`);
    await whenInterrupted();
  } finally {
    await stopProcesses();
    await stack.stop();
  }
}

/** The documented port, or a free one if another process uses it. */
async function gatewayPort(): Promise<number> {
  if (await isPortFree(DEFAULT_PORT)) return DEFAULT_PORT;
  const port = await freePort();
  say(`Port ${DEFAULT_PORT} is in use: the gateway gets ${port}.`);
  return port;
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${option} takes a whole number, not "${text}"`);
  return Number(text);
}

/** The sample's fixed days, yesterday (the date that the command runs by default), and the requested day. */
function datesOf(asked: string): string[] {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(asked)) throw new Error(`--date takes YYYY-MM-DD, not "${asked}"`);
  const yesterday = Temporal.Now.plainDateISO(SAMPLE_DEFAULTS.timeZone).subtract({ days: 1 }).toString();
  return [...new Set([...SAMPLE_DEFAULTS.dates, yesterday, asked])].sort();
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
