import { isDeepStrictEqual } from 'node:util';
import { documentedTables, loadedTables, withConnection } from '@etl/local-stack';
import { logIdRange } from '@etl/moodle';
import { createConnection } from 'mysql2/promise';
import { runBatch } from '../batches.ts';
import { documentedSystem } from '../documented.ts';
import { interleave, samplesOf } from '../samples.ts';
import { dayOfRound, openStageSource, openStageWarehouse, type Stage } from '../stage.ts';
import { startSystem } from '../system.ts';
import { line, type Measured } from './measure.ts';
import { requireProved } from './proved.ts';

/** One day: the documented statements, a bare scan, each batch, and the whole pipeline. */
export async function measureOneDay(stage: Stage): Promise<Measured> {
  const ours = await openStageWarehouse(stage, 'bench_batches');
  const queued = await openStageWarehouse(stage, 'bench_pipeline');
  const source = openStageSource(stage);
  const connection = await createConnection(stage.moodleUrl);
  const documented = documentedSystem(connection);
  const system = await startSystem(stage, { warehouseUrl: queued.url });
  const day = (round: number) => dayOfRound(stage, round);
  const batch = { source, warehouse: ours.warehouse };
  const idRanges = new Map<string, { firstId: number; lastId: number }>();
  try {
    const times = await interleave(stage.rounds, [
      { name: 'documented activity', run: (round) => documented.activityCounts(day(round)) },
      { name: 'documented users', run: () => documented.userCounts() },
      { name: 'activity', run: (round) => runBatch('activity_counts', day(round), batch) },
      { name: 'users', run: (round) => runBatch('user_counts', day(round), batch) },
      { name: 'documented merge', run: (round) => documented.mainEtl(ours.name, day(round).date) },
      { name: 'merge', run: (round) => runBatch('main_etl', day(round), batch) },
      { name: 'pipeline', run: (round) => system.timeRun('run_pipeline', { date: day(round).date }) },
      {
        name: 'scan',
        prepare: async (round) => {
          const never = new AbortController().signal;
          idRanges.set(day(round).date, await logIdRange(source, day(round), never));
        },
        run: async (round) => {
          const { firstId, lastId } = idRanges.get(day(round).date) ?? { firstId: 0, lastId: 0 };
          await connection.query(
            'SELECT COUNT(component) FROM mdl_logstore_standard_log FORCE INDEX (PRIMARY) WHERE id BETWEEN ? AND ?',
            [firstId, lastId],
          );
        },
      },
      { name: 'pages', run: (round) => documented.paged(ours.name, day(round), false) },
    ]);
    await requireSameFigures(stage, queued.name, day(1));
    await requireProved(stage, { source, warehouse: queued.warehouse }, day(1));
    stage.say('  the documented paging with the full-scan predicate, once');
    const began = performance.now();
    await documented.paged(ours.name, day(1), true);
    const fullScans = samplesOf([performance.now() - began]);

    const together =
      times['documented activity'].median +
      times['documented users'].median +
      times['documented merge'].median;
    return {
      title: 'One day',
      text: `Each round measures another day, so that every load is the first one of its day. The documented statements
load nothing. This system loads its rows and writes \`log_scheduler\`. The report is written only if the loaded
tables of one day equal the result of the documented statements, its ledger closes with the numbers of one
statement for each reason, and a proof of it finds no difference.

*Documented pages* are all three batches as documented, by LIMIT and OFFSET. The last row selects the day as
the PHP system does.`,
      lines: [
        line('activity_counts, documented statement', times['documented activity']),
        line('activity_counts, this system, with its load', times.activity),
        line('user_counts, documented statement', times['documented users']),
        line('user_counts, this system, with its load', times.users),
        line('main_etl, documented statement', times['documented merge']),
        line('main_etl, this system, with its load', times.merge),
        line('whole pipeline, from the POST to completed', times.pipeline),
        line('bare scan: the rows of the day counted by primary key', times.scan),
        line('documented pages', times.pages),
        line('documented pages, `DATE(FROM_UNIXTIME(timecreated))`', fullScans),
      ],
      losses: [
        'main_etl, and days with few rows: loading and recording costs more than a statement that loads nothing.',
        `whole pipeline: the day's bounds, the slices and the loads of activity_counts and main_etl follow each other on one
  session each, which is what keeps every figure of one moment.`,
      ],
      aims: [
        {
          what: 'activity_counts / documented statement',
          value: times.activity.median / times['documented activity'].median,
          limit: 0.6,
          kind: 'at most',
        },
        {
          what: 'user_counts / documented statement',
          value: times.users.median / times['documented users'].median,
          limit: 0.3,
          kind: 'at most',
        },
        {
          what: 'whole pipeline / the three documented statements',
          value: times.pipeline.median / together,
          limit: 0.25,
          kind: 'at most',
        },
        {
          what: 'documented pages with the full-scan predicate / whole pipeline',
          value: fullScans.median / times.pipeline.median,
          limit: 50,
          kind: 'at least',
        },
      ],
    };
  } finally {
    await system.close();
    await connection.end();
    await source.db.destroy();
    await ours.warehouse.destroy();
    await queued.warehouse.destroy();
  }
}

/** Throws if the figures differ from those of the documented SQL: wrong figures must not be timed. */
async function requireSameFigures(
  { stack, moodleUrl }: Stage,
  warehouse: string,
  day: { date: string; timeZone: string; start: number; end: number },
): Promise<void> {
  const inUtc = { ...day, timeZone: '+00:00' };
  const same = await withConnection(stack.mysqlUrl, async (connection) =>
    isDeepStrictEqual(
      await documentedTables(connection, new URL(moodleUrl).pathname.slice(1), inUtc),
      await loadedTables(connection, warehouse, day.date),
    ),
  );
  if (!same) throw new Error(`The figures of ${day.date} differ from those of the documented SQL`);
}
