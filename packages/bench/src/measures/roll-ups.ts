import { BATCHES, VIEW_COLUMNS } from '@etl/core';
import { buildRollUps, inTransaction, TABLE_NAMES, type Warehouse, writeDayPart } from '@etl/warehouse';
import { sql } from 'kysely';
import { runBatch } from '../batches.ts';
import type { BenchmarkWarehouse } from '../benchmark-warehouse/benchmark-warehouse.ts';
import { samplesOf } from '../samples.ts';
import {
  dayOfRound,
  openBenchmarkWarehouse,
  openStageSource,
  openStageWarehouse,
  type Stage,
} from '../stage.ts';
import { line, type Measured } from './measure.ts';

/** What roll-ups cost: to the merge of a night, after it, and to an upgrade. */
export async function measureRollUps(stage: Stage, benchmark: BenchmarkWarehouse): Promise<Measured> {
  const night = await measureNight(stage);
  const scratch = await measureScratch(stage, benchmark);
  const { median: pipeline } = samplesOf(night.map((round) => round.pipeline));
  const { median: part } = samplesOf(night.map((round) => round.part));
  return {
    title: 'Roll-ups',
    text: `A date's three batches, and of its merge the one part that it writes, each time for another date. The other parts
of the date are built after the merge. All parts of ${benchmark.courses.toLocaleString('en')} courses on ${benchmark.dates.length.toLocaleString('en')} dates are built from nothing once, as
\`pnpm migrate\` does after an upgrade.`,
    lines: [
      line('three batches of a date, with its part', samplesOf(night.map((round) => round.pipeline))),
      line('the part alone, in a transaction of its own', samplesOf(night.map((round) => round.part))),
      line('the other parts of the date, after the merge', samplesOf(night.map((round) => round.others))),
      line('all parts of the warehouse, from nothing', samplesOf([scratch])),
    ],
    aims: [
      {
        what: "a date's three batches with roll-ups / without",
        value: pipeline / (pipeline - part),
        limit: 1.1,
        kind: 'at most',
      },
      { what: 'all parts from nothing', value: scratch / 1000, limit: 120, kind: 'at most', unit: 's' },
    ],
  };
}

/** The date's batches, then its part once more, so that both have the same minute of the machine. */
async function measureNight(stage: Stage) {
  const { warehouse } = await openStageWarehouse(stage, 'bench_roll_ups');
  const source = openStageSource(stage);
  const rounds: { pipeline: number; part: number; others: number }[] = [];
  try {
    for (let round = 0; round <= stage.rounds; round++) {
      const day = dayOfRound(stage, round);
      const pipeline = await timed(async () => {
        for (const batch of BATCHES) await runBatch(batch, day, { source, warehouse });
      });
      const loaded = await loadedMerge(warehouse, day.date);
      const part = await timed(() => inTransaction(warehouse, (trx) => writeDayPart(trx, loaded)));
      const others = await timed(() => buildRollUps(warehouse));
      // The first one warms up.
      if (round > 0) rounds.push({ pipeline, part, others });
    }
  } finally {
    await Promise.all([source.db.destroy(), warehouse.destroy()]);
  }
  return rounds;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** What the merge of a date has loaded. */
async function loadedMerge(warehouse: Warehouse, date: string) {
  const { id } = await warehouse
    .selectFrom('log_scheduler')
    .select('id')
    .where('batch_name', '=', 'main_etl')
    .where('extraction_date', '=', date)
    .executeTakeFirstOrThrow();
  const rows = await warehouse
    .selectFrom('user_activity_etl')
    .selectAll()
    .where('extraction_date', '=', date)
    .execute();
  if (rows.every((row) => VIEW_COLUMNS.every((column) => row[column] === 0)))
    throw new Error(`The merge of ${date} has no views`);
  return { date, schedulerId: id, rows };
}

/** All parts of the warehouse of daily rows. It has them again afterwards. */
async function measureScratch(stage: Stage, benchmark: BenchmarkWarehouse): Promise<number> {
  const { warehouse } = await openBenchmarkWarehouse(stage, benchmark);
  try {
    for (const table of TABLE_NAMES.filter((name) => name.startsWith('rollup_'))) {
      await sql`TRUNCATE TABLE ${sql.table(table)}`.execute(warehouse);
    }
    return await timed(() => buildRollUps(warehouse));
  } finally {
    await warehouse.destroy();
  }
}
