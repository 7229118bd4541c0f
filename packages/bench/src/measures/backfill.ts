import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { interleave } from '../samples.ts';
import { configOf, openStageWarehouse, type Stage } from '../stage.ts';
import { startSystem } from '../system.ts';
import { line, type Measured } from './measure.ts';

/** Each round takes seconds. */
const ROUNDS = 3;

/** A backfill of all days of the log, compared with a bare scan of all rows over the same number of connections. */
export async function measureBackfill(stage: Stage): Promise<Measured> {
  const { moodle, moodleUrl } = stage;
  const from = moodle.dates[0] ?? '';
  const to = moodle.dates.at(-1) ?? '';
  const rows = moodle.rowsPerDay * moodle.dates.length;
  const slots = configOf(stage, stage.moodleUrl).ETL_SOURCE_CONCURRENCY;
  const connections = await Promise.all(Array.from({ length: slots }, () => createConnection(moodleUrl)));
  const pieces = await cutLog(connections[0] as Connection, slots);
  try {
    const times = await interleave(ROUNDS, [
      {
        name: 'scan',
        run: async () => {
          const counts = await Promise.all(
            connections.map(async (connection, index) => {
              const [found] = await connection.query<RowDataPacket[]>(
                'SELECT COUNT(component) AS counted FROM mdl_logstore_standard_log FORCE INDEX (PRIMARY) WHERE id BETWEEN ? AND ?',
                pieces[index],
              );
              return Number(found[0]?.counted);
            }),
          );
          const counted = counts.reduce((sum, count) => sum + count, 0);
          if (counted !== rows) throw new Error(`The scan counted ${counted} of ${rows} rows`);
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
      text: `One worker with the default settings makes ${ROUNDS} backfills of ${moodle.dates.length} days. The time is from the POST until the last
merge has completed. A bare scan counts all rows of these days over ${slots} connections.`,
      lines: [
        line(`bare scan of ${moodle.dates.length} days over ${slots} connections`, times.scan),
        line(`backfill of ${moodle.dates.length} days`, times.backfill),
      ],
      aims: [
        {
          what: 'log rows a second, in millions',
          value: perSecond / 1e6,
          limit: 1.5,
          kind: 'at least',
        },
        {
          what: 'backfill / bare scan over as many connections',
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

/** Cuts the log into pieces of equal length. Returns the first and the last id of each. */
async function cutLog(connection: Connection, pieces: number): Promise<[number, number][]> {
  const [found] = await connection.query<RowDataPacket[]>(
    'SELECT MIN(id) AS first_id, MAX(id) AS last_id FROM mdl_logstore_standard_log',
  );
  const { first_id: first, last_id: last } = found[0] as { first_id: number; last_id: number };
  // All days have the same number of ids.
  const size = Math.ceil((last - first + 1) / pieces);
  return Array.from({ length: pieces }, (_, index) => [first + index * size, first + (index + 1) * size - 1]);
}
