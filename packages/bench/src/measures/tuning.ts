import { runBatch } from '../batches.ts';
import { type Candidate, interleave } from '../samples.ts';
import { dayOfRound, openStageSource, openStageWarehouse, type Stage } from '../stage.ts';
import { line, type Measured } from './measure.ts';

const ROWS_PER_SLICE = [50_000, 100_000, 250_000, 1_000_000];

/** The time of a day's activity by slice size. */
export async function measureTuning(stage: Stage): Promise<Measured> {
  const { warehouse } = await openStageWarehouse(stage, 'bench_tuning');
  const source = openStageSource(stage);
  const run = (round: number, rowsPerSlice?: number) =>
    runBatch('activity_counts', dayOfRound(stage, round), {
      source,
      warehouse,
      ...(rowsPerSlice && { rowsPerSlice }),
    });
  try {
    const candidates: Candidate[] = ROWS_PER_SLICE.map((rowsPerSlice) => ({
      name: `slices of ${rowsPerSlice.toLocaleString('en')} rows`,
      run: (round) => run(round, rowsPerSlice),
    }));
    // The first of each round loads the day. The others find it loaded.
    const times = await interleave(stage.rounds, [
      { name: 'load', run: (round: number) => run(round) },
      ...candidates,
    ]);
    return {
      title: 'Slice size',
      text: `One day of activity_counts that is loaded already, so that only the reading differs. The default is slices of
250,000 ids.

- Smaller slices need more statements, and each returns a record of every course to add up.
- With larger slices a worker checks the load of Moodle's server less often.`,
      lines: candidates.map(({ name }) => line(name, times[name] as (typeof times)[string])),
      aims: [],
    };
  } finally {
    await Promise.all([source.db.destroy(), warehouse.destroy()]);
  }
}
