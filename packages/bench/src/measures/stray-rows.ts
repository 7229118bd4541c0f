import { dayOf } from '@etl/core';
import { createConnection } from 'mysql2/promise';
import { runBatch } from '../batches.ts';
import { whileChanged } from '../benchmark-moodle/benchmark-moodle.ts';
import { addStrayRows } from '../benchmark-moodle/log.ts';
import { documentedSystem } from '../documented.ts';
import { interleave } from '../samples.ts';
import { dayOfRound, openStageSource, openStageWarehouse, type Stage } from '../stage.ts';
import { line, type Measured } from './measure.ts';

/** One row in 10,000 has an old time and is at the end of the log. */
const ONE_IN = 10_000;

/** Days whose id range reaches to the end of the log because of a few stray rows. */
export async function measureStrayRows(stage: Stage): Promise<Measured> {
  const { moodle } = stage;
  const { warehouse } = await openStageWarehouse(stage, 'bench_stray');
  const source = openStageSource(stage);
  const connection = await createConnection(stage.moodleUrl);
  const documented = documentedSystem(connection);
  const first = dayOf(moodle.dates[0] ?? '', 'UTC');
  const last = dayOf(moodle.dates.at(-1) ?? '', 'UTC');
  try {
    // The first days: most of the log is behind them.
    const day = (round: number) => dayOfRound(stage, round % (moodle.dates.length >> 1));
    const clear = () => warehouse.deleteFrom('activity_counts_etl').execute();
    const times = await whileChanged(connection, async () => {
      const remove = await addStrayRows(connection, {
        rows: Math.ceil((moodle.rowsPerDay * moodle.dates.length) / ONE_IN),
        from: first.start,
        to: last.end,
      });
      const measured = await interleave(stage.rounds, [
        { name: 'documented', run: (round) => documented.activityCounts(day(round)) },
        {
          name: 'ours',
          prepare: clear,
          run: (round) => runBatch('activity_counts', day(round), { source, warehouse }),
        },
      ]);
      await remove();
      return measured;
    });
    return {
      title: 'Stray rows',
      text: `One row in ${ONE_IN.toLocaleString('en')} has an old time and is at the end of the log, as after the restore of a course. This system
splits such a day by time, not by id.`,
      lines: [
        line('activity_counts, documented statement', times.documented),
        line('activity_counts, this system, with its load', times.ours),
      ],
      aims: [
        {
          what: 'activity_counts of a day with stray rows / documented statement',
          value: times.ours.median / times.documented.median,
          limit: 1.3,
          kind: 'at most',
        },
      ],
    };
  } finally {
    await connection.end();
    await Promise.all([source.db.destroy(), warehouse.destroy()]);
  }
}
