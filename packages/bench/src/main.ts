import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withConnection } from '@etl/local-stack';
import { Redis } from 'ioredis';
import type { RowDataPacket } from 'mysql2/promise';
import { chartOf } from './chart.ts';
import { measureBackfill } from './measures/backfill.ts';
import { measureEmptyDay } from './measures/empty-day.ts';
import { measureExport } from './measures/export.ts';
import { type Growth, measureGrowth } from './measures/growth.ts';
import { isMet, type Measured } from './measures/measure.ts';
import { measureMemory } from './measures/memory.ts';
import { measureOneDay } from './measures/one-day.ts';
import { measureStrayRows } from './measures/stray-rows.ts';
import { measureTuning } from './measures/tuning.ts';
import { measureYear } from './measures/year.ts';
import { readable, reportOf } from './report.ts';
import { benchmarkDates, benchmarkWarehouse, openStage, type Stage } from './stage.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const DAYS = 30;

const PARTS = [
  'one-day',
  'tuning',
  'growth',
  'stray-rows',
  'backfill',
  'memory',
  'empty-day',
  'export',
  'year',
] as const;
type Part = (typeof PARTS)[number];

const HELP = `Usage: pnpm bench [options]

Makes a Moodle to measure with (once; it is kept), measures the system beside the documented SQL, and writes a report.

  --rows N             rows of its log, in ${DAYS} days        (1e7: some 5 GB, 5 minutes to make)
  --courses N          courses                           (5000)
  --role-assignments N                                   (400000)
  --longest N          days of the longest log of the part growth, each as long as a day of --rows (${DAYS})
  --rounds N           times that each thing is measured (7)
  --export-rows N      rows of the large CSV             (1e6)
  --load-seconds N     of each load on the API           (5)
  --dates N            dates of the warehouse for the part year, kept as well (1102)
  --merged-courses N   its courses                       (4532)
  --only PART,…        ${PARTS.join(', ')}
  --out DIR            where benchmarks.md and its chart go (docs)
  --folder DIR         where the servers keep their data (.local/bench)
`;

/** A wrong option. Its message is the whole output. */
class WrongUsage extends Error {}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    options: {
      rows: text('1e7'),
      courses: text('5000'),
      'role-assignments': text('400000'),
      longest: text(String(DAYS)),
      rounds: text('7'),
      'export-rows': text('1e6'),
      'load-seconds': text('5'),
      dates: text('1102'),
      'merged-courses': text('4532'),
      only: text(PARTS.join(',')),
      out: text(path.join(REPOSITORY, 'docs')),
      folder: text(path.join(REPOSITORY, '.local/bench')),
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const rowsPerDay = Math.floor(wholeNumber('--rows', values.rows) / DAYS);
  const longest = Math.max(DAYS, wholeNumber('--longest', values.longest));
  const only = partsOf(values.only);
  const benchmark = benchmarkWarehouse({
    dates: wholeNumber('--dates', values.dates),
    courses: wholeNumber('--merged-courses', values['merged-courses']),
  });
  const stage = await openStage({
    folder: path.resolve(values.folder),
    moodle: {
      dates: benchmarkDates(DAYS),
      rowsPerDay,
      courses: wholeNumber('--courses', values.courses),
      roleAssignments: wholeNumber('--role-assignments', values['role-assignments']),
    },
    mostRows: rowsPerDay * longest + (only.has('year') ? benchmark.dates.length * benchmark.courses : 0),
    rounds: wholeNumber('--rounds', values.rounds),
    say,
  });
  try {
    const days = [3, DAYS, ...(longest > DAYS ? [longest] : [])];
    const measure: Record<Part, () => Promise<Measured>> = {
      'one-day': () => measureOneDay(stage),
      tuning: () => measureTuning(stage),
      growth: () => measureGrowth(stage, days),
      'stray-rows': () => measureStrayRows(stage),
      backfill: () => measureBackfill(stage),
      memory: () => measureMemory(stage, [3, DAYS]),
      'empty-day': () => measureEmptyDay(stage),
      export: () =>
        measureExport(stage, {
          largeRows: wholeNumber('--export-rows', values['export-rows']),
          seconds: wholeNumber('--load-seconds', values['load-seconds']),
        }),
      year: () => measureYear(stage, benchmark),
    };
    const measured: Measured[] = [];
    for (const part of PARTS.filter((part) => only.has(part))) {
      say(`${part} …`);
      const found = await measure[part]();
      show(found);
      measured.push(found);
    }
    await write(stage, measured, values.out);
  } finally {
    await stage.stack.stop();
  }
}

function partsOf(text: string): ReadonlySet<string> {
  const asked = text.split(',');
  const unknown = asked.filter((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown.length > 0)
    throw new WrongUsage(`--only knows no ${unknown.join(', ')}; it takes ${PARTS.join(', ')}`);
  return new Set(asked);
}

function show({ lines, aims }: Measured): void {
  for (const { what, samples, unit } of lines) {
    const { median, least, most } = samples;
    say(
      `  ${readable(median).padStart(9)} ${unit.padEnd(10)} (${readable(least)} to ${readable(most)})  ${what}`,
    );
  }
  for (const aim of aims) {
    const { what, value, limit, kind, unit = '' } = aim;
    say(`  ${isMet(aim) ? 'met   ' : 'MISSED'}  ${readable(value)} ${unit} (${kind} ${limit})  ${what}`);
  }
}

async function write(stage: Stage, measured: readonly Measured[], folder: string): Promise<void> {
  const { moodle, rounds, stack } = stage;
  const mariaDb = await withConnection(stack.mysqlUrl, async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
    return rows[0]?.version as string;
  });
  const redis = new Redis(stack.redisUrl);
  const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '';
  await redis.quit();
  mkdirSync(folder, { recursive: true });
  const growth = measured.find((part): part is Growth => 'points' in part);
  if (growth) writeFileSync(path.join(folder, 'benchmarks.svg'), chartOf(growth.points));
  const report = reportOf(
    measured,
    {
      rows: moodle.rowsPerDay * moodle.dates.length,
      days: moodle.dates.length,
      courses: moodle.courses,
      roleAssignments: moodle.roleAssignments,
      rounds,
      mariaDb,
      redis: version,
    },
    growth && 'benchmarks.svg',
  );
  const file = path.join(folder, 'benchmarks.md');
  writeFileSync(file, report);
  say(`Written: ${file}`);
}

/** Also 1e7. */
function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new WrongUsage(`${option} takes a whole number, not "${text}"`);
  return number;
}

main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  process.stderr.write(`${error instanceof WrongUsage ? message : stack}\n`);
  // The connections of a failed part would keep the process alive.
  process.exit(error instanceof WrongUsage ? 2 : 1);
});
