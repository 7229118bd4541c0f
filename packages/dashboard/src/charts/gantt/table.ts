import { clockSeconds } from '../../clock.ts';
import { NOTHING, type Spoken, type TableTwin } from '../chart.ts';
import { durationText } from './duration.ts';

export type BatchName = 'activity_counts' | 'user_counts' | 'main_etl';

/** A batch of a run. Times are those of the API, in the institution's zone. */
export interface BatchBar {
  batch: BatchName;
  status: 'queued' | 'running' | 'completed' | 'failed';
  attempt: number;
  queued_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export function batchesTable(bars: readonly BatchBar[], now: string, spoken: Spoken): TableTwin {
  const { words } = spoken;
  return {
    columns: [
      { name: words.charts.batch },
      { name: words.charts.state },
      { name: words.charts.queuedAt },
      { name: words.charts.startedAt },
      { name: words.charts.finishedAt },
      { name: words.charts.duration, isNumber: true },
      { name: words.charts.attempts, isNumber: true },
    ],
    rows: bars.map((bar) => [
      words.charts.batches[bar.batch],
      words.charts.statuses[bar.status],
      bar.queued_at,
      bar.started_at ?? NOTHING,
      bar.finished_at ?? NOTHING,
      lengthText(bar, now, spoken),
      String(bar.attempt),
    ]),
  };
}

/** How long the batch has run. */
export function lengthText({ started_at, finished_at }: BatchBar, now: string, { formats }: Spoken): string {
  if (started_at === null) return NOTHING;
  const seconds = clockSeconds(finished_at ?? now) - clockSeconds(started_at);
  // The clock was put back in between.
  return seconds < 0 ? NOTHING : durationText(seconds, formats.locale);
}
