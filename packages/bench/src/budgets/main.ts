import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installMissing } from '@etl/local-stack';
import { buildRollUps } from '@etl/warehouse';
import type { BenchmarkWarehouse } from '../benchmark-warehouse/benchmark-warehouse.ts';
import { FOLDER, WrongUsage, wholeNumber } from '../options.ts';
import { benchmarkWarehouse, openBenchmarkWarehouse, openServers } from '../stage.ts';
import { type BenchGateway, startGateway } from '../system.ts';
import { type Budget, budgetOf, type Sizes, tableOf } from './table.ts';
import { type View, viewsOf } from './views.ts';
import { openBrowser, SLOWED, type Visit, visit } from './visit.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../../..');

/** The most days of a range. */
const THREE_YEARS = 1096;

const HELP = `Usage: pnpm budgets [options]

Shows each view of the dashboard in Chromium, with its network and processor slowed, and prints what it took.

  --rounds N           visits of each view; medians count            (5)
  --dates N            dates of the warehouse, which is kept         (1102)
  --merged-courses N   its courses                                   (4532)
  --only NAME,…        only views whose name begins with one of these
  --explain            print the largest element of each view and what moved
  --folder DIR         where the servers keep their data             (.local/bench)
`;

const say = (line: string) => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      dates: { type: 'string', default: '1102' },
      'merged-courses': { type: 'string', default: '4532' },
      only: { type: 'string', default: '' },
      explain: { type: 'boolean', default: false },
      folder: { type: 'string', default: FOLDER },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const rounds = wholeNumber('--rounds', values.rounds);
  const benchmark = benchmarkWarehouse({
    dates: wholeNumber('--dates', values.dates),
    courses: wholeNumber('--merged-courses', values['merged-courses']),
  });
  const views = viewsOf(longestRange(benchmark)).filter(({ name }) =>
    values.only.split(',').some((asked) => name.startsWith(asked)),
  );
  if (views.length === 0) throw new WrongUsage(`--only knows no view that begins with ${values.only}`);
  installMissing(['chromium'], say);
  execFileSync(path.join(REPOSITORY, 'scripts/pnpm.sh'), ['--silent', 'build'], { cwd: REPOSITORY });
  const folder = path.resolve(values.folder);
  const mostRows = benchmark.dates.length * benchmark.courses;
  const stack = await openServers({ folder, mostRows, say });
  try {
    const { url, warehouse } = await openBenchmarkWarehouse({ stack, say }, benchmark);
    await buildRollUps(warehouse);
    await warehouse.destroy();
    const gateway = await startGateway({ stack, folder }, { warehouseUrl: url });
    try {
      const budgets = await measure(gateway, views, { rounds, explain: values.explain });
      process.stdout.write(`${tableOf(budgets)}\n`);
    } finally {
      await gateway.close();
    }
  } finally {
    await stack.stop();
  }
}

function longestRange({ dates }: BenchmarkWarehouse): { from: string; to: string } {
  return { from: dates.at(-THREE_YEARS) ?? dates[0] ?? '', to: dates.at(-1) ?? '' };
}

/** Visits all views in turns, so that other work of the machine slows all of them equally. */
async function measure(
  gateway: BenchGateway,
  views: readonly View[],
  { rounds, explain }: { rounds: number; explain: boolean },
): Promise<Budget[]> {
  const { bitsPerSecond, roundTripMs, processor } = SLOWED;
  say(`Chromium at ${bitsPerSecond / 1e6} Mbit/s, ${roundTripMs} ms, processor ${processor} times slower …`);
  const browser = await openBrowser();
  const visits = new Map<View, Visit[]>(views.map((view) => [view, []]));
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const view of views) {
        const found = await visit(browser, gateway, view);
        visits.get(view)?.push(found);
        if (explain) say(explained(view, found));
      }
      say(`  ${round} of ${rounds} visits`);
    }
  } finally {
    await browser.close();
  }
  return await Promise.all(
    [...visits].map(async ([view, all]) => {
      const scripts = all.at(-1)?.cold.scripts ?? [];
      return budgetOf(view, all, await sizesOf(scripts));
    }),
  );
}

/** The sizes of scripts as the gateway sends them to a browser that accepts gzip. */
async function sizesOf(scripts: readonly string[]): Promise<Sizes> {
  const sizes: Sizes = { scripts: 0, charts: 0 };
  for (const script of scripts) {
    const { headers } = await fetch(script, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } });
    sizes[script.includes('/pictures-') ? 'charts' : 'scripts'] +=
      Number(headers.get('content-length')) / 1024;
  }
  return sizes;
}

function explained({ name }: View, { cold, warm, interaction }: Visit): string {
  const loadings = Object.entries({ cold, warm }).map(
    ([kind, { largestPaint, largest, drawn, firstCalls, calls, slowest, shift, moved }]) =>
      [
        `${name}, ${kind}: ${Math.round(largestPaint)} ms ${largest}`,
        `  drawn ${Math.round(drawn)} ms, ${firstCalls} of ${calls} calls first, slowest ${slowest} ms, shift ${shift.toFixed(3)}`,
        ...moved.map((line) => `    ${line}`),
      ].join('\n'),
  );
  const { toPaint, shift, moved, slowest } = interaction;
  return [
    ...loadings,
    `  interaction: ${toPaint} ms to paint, slowest ${slowest} ms, shift ${shift.toFixed(3)}`,
    ...moved.map((line) => `    ${line}`),
  ].join('\n');
}

main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  say(error instanceof WrongUsage ? message : String(stack));
  process.exit(error instanceof WrongUsage ? 2 : 1);
});
