import { dayOf } from '@etl/core';
import { createConnection } from 'mysql2/promise';
import { runBatch } from '../batches.ts';
import { documentedSystem } from '../documented.ts';
import { interleave } from '../samples.ts';
import { benchmarkDates, openStageSource, openStageWarehouse, prepareMoodle, type Stage } from '../stage.ts';
import { line, type Measured } from './measure.ts';

/** A day's cost against the length of the log. */
export interface Growth extends Measured {
  /** For the chart: rows of the log, and milliseconds for a day of it. */
  points: { rows: number; ours: number; documented: number; scan: number }[];
}

/** The same day, byte for byte, in logs of different lengths. `days` are the numbers of days of the logs. */
export async function measureGrowth(stage: Stage, days: readonly number[]): Promise<Growth> {
  const { moodle } = stage;
  const logs = [];
  for (const count of days) {
    const moodleUrl = await prepareMoodle(stage, { ...moodle, dates: benchmarkDates(count) });
    const { warehouse } = await openStageWarehouse(stage, `bench_growth_${count}`);
    const connection = await createConnection(moodleUrl);
    logs.push({
      rows: count * moodle.rowsPerDay,
      source: openStageSource({ ...stage, moodleUrl }),
      warehouse,
      connection,
      documented: documentedSystem(connection),
    });
  }
  try {
    // A day in the middle of the shortest log: its neighbours are the same in all logs.
    const day = dayOf(benchmarkDates(days[0] ?? 1)[1] ?? '', 'UTC');
    const nameOf = (what: string, rows: number) => `${what}, ${rows.toLocaleString('en')} rows`;
    const times = await interleave(
      stage.rounds,
      logs.flatMap(({ rows, source, warehouse, documented, connection }) => [
        {
          name: nameOf('this system', rows),
          prepare: () => warehouse.deleteFrom('activity_counts_etl').execute(),
          run: () => runBatch('activity_counts', day, { source, warehouse }),
        },
        { name: nameOf('documented statement', rows), run: () => documented.activityCounts(day) },
        {
          name: nameOf('a scan of the log', rows),
          run: async () =>
            void (await connection.query(
              'SELECT COUNT(component) FROM mdl_logstore_standard_log FORCE INDEX (PRIMARY) WHERE id > 0',
            )),
        },
      ]),
    );
    const of = (what: string, rows: number) => times[nameOf(what, rows)]?.median ?? 0;
    const ours = logs.map(({ rows }) => of('this system', rows));
    return {
      title: 'Growth',
      text: 'activity_counts of the same day, with its load, in logs of different lengths. A scan reads the whole log.',
      lines: Object.entries(times).map(([what, samples]) => line(what, samples)),
      aims: [
        {
          what: 'a day in the longest log / the same day in the shortest',
          value: (ours.at(-1) ?? 0) / (ours[0] ?? 1),
          limit: 1.25,
          kind: 'at most',
        },
      ],
      points: logs.map(({ rows }) => ({
        rows,
        ours: of('this system', rows),
        documented: of('documented statement', rows),
        scan: of('a scan of the log', rows),
      })),
    };
  } finally {
    for (const { source, warehouse, connection } of logs) {
      await Promise.all([source.db.destroy(), warehouse.destroy(), connection.end()]);
    }
  }
}
