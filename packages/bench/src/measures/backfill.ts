import { createConnection } from 'mysql2/promise';
import { interleave } from '../samples.ts';
import { openStageSource, openStageWarehouse, type Stage } from '../stage.ts';
import { startSystem } from '../system.ts';
import { line, type Measured } from './measure.ts';

/** Every one takes seconds. */
const ROUNDS = 3;

/** All days of the log through the queue, beside a bare scan of all its rows over as many connections. */
export async function measureBackfill(stage: Stage): Promise<Measured> {
  const { moodle, moodleUrl } = stage;
  const from = moodle.dates[0] ?? '';
  const to = moodle.dates.at(-1) ?? '';
  const rows = moodle.rowsPerDay * moodle.dates.length;
  const source = openStageSource(stage);
  const { slots } = source.limits;
  await source.db.destroy();
  const connections = await Promise.all(Array.from({ length: slots }, () => createConnection(moodleUrl)));
  const piece = Math.ceil((rows * 1.5) / slots);
  try {
    const times = await interleave(ROUNDS, [
      {
        name: 'scan',
        run: async () => {
          await Promise.all(
            connections.map((connection, index) =>
              connection.query(
                'SELECT COUNT(component) FROM mdl_logstore_standard_log FORCE INDEX (PRIMARY) WHERE id > ? AND id <= ?',
                [index * piece, (index + 1) * piece],
              ),
            ),
          );
        },
      },
      {
        name: 'backfill',
        run: async () => {
          const { url, warehouse } = await openStageWarehouse(stage, 'bench_backfill');
          await warehouse.destroy();
          const system = await startSystem(stage, { warehouseUrl: url });
          try {
            return await system.timeRun('run_backfill', { from, to });
          } finally {
            await system.close();
          }
        },
      },
    ]);
    const perSecond = rows / (times.backfill.median / 1000);
    return {
      title: 'Backfill',
      text: `${moodle.dates.length} days through the queue, one worker with its default settings, from the POST until the last merge has completed; beside it all rows counted over ${slots} connections.`,
      lines: [
        line(`the rows of ${moodle.dates.length} days counted over ${slots} connections`, times.scan),
        line(`backfill of ${moodle.dates.length} days`, times.backfill),
      ],
      promises: [
        {
          what: 'log rows a second, in millions',
          value: perSecond / 1e6,
          limit: 1.5,
          kind: 'at least',
        },
        {
          what: 'backfill, of the bare scan over as many connections',
          value: times.backfill.median / times.scan.median,
          limit: 4,
          kind: 'at most',
        },
      ],
    };
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}
