import { runBatch } from '../batches.ts';
import { type Candidate, interleave } from '../samples.ts';
import { dayOfRound, openStageSource, openStageWarehouse, type Stage } from '../stage.ts';
import { line, type Measured } from './measure.ts';

const ROWS_PER_SLICE = [50_000, 100_000, 250_000, 1_000_000];
const CONCURRENCY = [1, 2, 4];

/** The time of a day's activity by slice size and number of sessions. */
export async function measureTuning(stage: Stage): Promise<Measured> {
  const { warehouse } = await openStageWarehouse(stage, 'bench_tuning');
  const sources = CONCURRENCY.map((slots) =>
    openStageSource(stage, { ETL_SOURCE_CONCURRENCY: String(slots) }),
  );
  try {
    const candidates: Candidate[] = sources.flatMap((source) =>
      ROWS_PER_SLICE.map((rowsPerSlice) => ({
        name: `${source.limits.slots} at once, slices of ${rowsPerSlice.toLocaleString('en')} rows`,
        // Not its load, which is the same in all of them: only the first of a round has something to load.
        run: (round) =>
          runBatch('activity_counts', dayOfRound(stage, round), { source, warehouse, rowsPerSlice }),
      })),
    );
    // The first of each round loads the day, the others find it loaded.
    const loads = {
      name: 'load',
      run: (round: number) =>
        runBatch('activity_counts', dayOfRound(stage, round), {
          source: sources[0] as (typeof sources)[number],
          warehouse,
        }),
    };
    const times = await interleave(stage.rounds, [loads, ...candidates]);
    return {
      title: 'Slice size and concurrency',
      text: `One day of activity_counts that is loaded already, so that only the reading differs. The defaults are slices of
100,000 ids and two sessions.

- Smaller slices need more statements, and each returns a record of every course to add up.
- Larger slices cannot be read in parallel, and take longer to end when a run is cancelled.
- If there are more sessions than idle cores, the sessions wait for each other, and Moodle's users wait, too.`,
      lines: candidates.map(({ name }) => line(name, times[name] as (typeof times)[string])),
      promises: [],
    };
  } finally {
    await Promise.all([...sources.map(({ db }) => db.destroy()), warehouse.destroy()]);
  }
}
