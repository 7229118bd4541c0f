import { readFileSync } from 'node:fs';
import type { SystemProcess } from '@etl/local-stack';
import { samplesOf } from '../samples.ts';
import { benchmarkDates, openStageWarehouse, prepareMoodle, type Stage } from '../stage.ts';
import { startSystem } from '../system.ts';
import { line, type Measured } from './measure.ts';

/** The peak memory of a worker by the length of the log, after a backfill of all its days. */
export async function measureMemory(stage: Stage, days: readonly number[]): Promise<Measured> {
  const { moodle } = stage;
  const peaks: { rows: number; megabytes: number }[] = [];
  for (const count of days) {
    const moodleUrl = await prepareMoodle(stage, { ...moodle, dates: benchmarkDates(count) });
    const { url, warehouse } = await openStageWarehouse(stage, 'bench_memory');
    await warehouse.destroy();
    const system = await startSystem(stage, { warehouseUrl: url, moodleUrl });
    try {
      await system.timeRun('run_backfill', {
        from: moodle.dates[0] ?? '',
        to: moodle.dates[count - 1] ?? '',
      });
      peaks.push({ rows: count * moodle.rowsPerDay, megabytes: peakMegabytes(system.worker) });
    } finally {
      await system.close();
    }
  }
  const [shortest, ...longer] = peaks.map(({ megabytes }) => megabytes);
  return {
    title: 'Memory of a worker',
    text: "The most memory that a worker's process held (`VmHWM`) during a backfill of all days of a log, once for each log.",
    lines: peaks.map(({ rows, megabytes }) =>
      line(`worker, log of ${rows.toLocaleString('en')} rows`, samplesOf([megabytes]), 'MB'),
    ),
    aims: [
      {
        what: 'most memory of a worker',
        value: Math.max(...peaks.map(({ megabytes }) => megabytes)),
        limit: 200,
        kind: 'at most',
        unit: 'MB',
      },
      {
        what: 'memory with the longest log / with the shortest',
        value: Math.max(0, ...longer) / (shortest ?? 1),
        limit: 1.2,
        kind: 'at most',
      },
    ],
  };
}

/** The peak memory of a process so far. */
export function peakMegabytes({ pid }: SystemProcess): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
