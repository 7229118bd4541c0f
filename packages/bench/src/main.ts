import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withConnection } from '@etl/local-stack';
import { Redis } from 'ioredis';
import type { RowDataPacket } from 'mysql2/promise';
import { chartOf } from './chart.ts';
import { measureBackfill } from './measures/backfill.ts';
import { measureEmptyDay } from './measures/empty-day.ts';
import { measureEvents } from './measures/events.ts';
import { measureExport } from './measures/export.ts';
import { type Growth, measureGrowth } from './measures/growth.ts';
import { isMet, type Measured } from './measures/measure.ts';
import { measureMemory } from './measures/memory.ts';
import { measureOneDay } from './measures/one-day.ts';
import { measureRollUps } from './measures/roll-ups.ts';
import { measureStrayRows } from './measures/stray-rows.ts';
import { measureToolViews } from './measures/tool-views.ts';
import { measureTuning } from './measures/tuning.ts';
import { measureYear } from './measures/year.ts';
import { DAYS, HELP, optionsOf, PARTS, type Part, WrongUsage } from './options.ts';
import { readable, reportOf } from './report.ts';
import { benchmarkDates, benchmarkWarehouse, openStage, type Stage } from './stage.ts';

const LISTENING_SECONDS = 30;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const rowsPerDay = Math.floor(options.rows / DAYS);
  const benchmark = benchmarkWarehouse({ dates: options.dates, courses: options.mergedCourses });
  const readsWarehouse = (['year', 'tool-views', 'roll-ups'] as const).some((part) => options.only.has(part));
  const stage = await openStage({
    folder: options.folder,
    moodle: {
      dates: benchmarkDates(DAYS),
      rowsPerDay,
      courses: options.courses,
      roleAssignments: options.roleAssignments,
    },
    mostRows: rowsPerDay * options.longest + (readsWarehouse ? options.dates * options.mergedCourses : 0),
    rounds: options.rounds,
    say,
  });
  try {
    const days = [3, DAYS, ...(options.longest > DAYS ? [options.longest] : [])];
    const measure: Record<Part, () => Promise<Measured>> = {
      'one-day': () => measureOneDay(stage),
      tuning: () => measureTuning(stage),
      growth: () => measureGrowth(stage, days),
      'stray-rows': () => measureStrayRows(stage),
      backfill: () => measureBackfill(stage),
      memory: () => measureMemory(stage, [3, DAYS]),
      'empty-day': () => measureEmptyDay(stage),
      export: () => measureExport(stage, { largeRows: options.exportRows, seconds: options.loadSeconds }),
      year: () => measureYear(stage, benchmark),
      'tool-views': () => measureToolViews(stage, benchmark),
      'roll-ups': () => measureRollUps(stage, benchmark),
      events: () => measureEvents(stage, { seconds: LISTENING_SECONDS }),
    };
    const measured: Measured[] = [];
    for (const part of PARTS.filter((part) => options.only.has(part))) {
      say(`${part} …`);
      const found = await measure[part]();
      show(found);
      measured.push(found);
    }
    await write(stage, measured, options.out);
  } finally {
    await stage.stack.stop();
  }
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

main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  process.stderr.write(`${error instanceof WrongUsage ? message : stack}\n`);
  // The connections of a failed part would keep the process alive.
  process.exit(error instanceof WrongUsage ? 2 : 1);
});
