import { addDays, datesBetween, type EtlStatus } from '@etl/core';
import { type FigureState, figureStates } from '../log-scheduler/figure-states.ts';
import { lastRuns } from '../log-scheduler/last-runs.ts';
import { restatedDates } from '../restatements/read.ts';
import { daySums } from './day-sums.ts';
import { localTime } from './local-time.ts';
import type { ReadRange } from './read-range.ts';
import { withheldDates } from './withheld-courses.ts';

/** What is known of a date. Times are in the institution's time zone. */
export interface DayReport {
  extraction_date: string;
  state: FigureState;
  last_run: { run_id: string; status: EtlStatus } | null;
  /** The last second at which the figures are in time. Null for dates in the future. */
  due_at: string | null;
  late: boolean;
  completed_at: string | null;
  /** When a run last changed final figures of the scope. */
  restated_at: string | null;
  user_counts_as_of: string | null;
  /** Null without figures, or if all rows of the date are withheld. */
  total_views: number | null;
}

/** The clock by which dates are reported. */
export interface DayClock {
  timeZone: string;
  today: string;
  /** The dates that must have final figures by now: the alert `late` and `etl_late_dates` check the same ones. */
  due: readonly string[];
}

/** Every date of the range, with its sum of views within the scope. */
export async function daysReport(range: ReadRange, { timeZone, today, due }: DayClock): Promise<DayReport[]> {
  const { merges, stateOf } = await figureStates(range.snapshot, range, today);
  const runs = await lastRuns(range.snapshot, range);
  const views = new Map((await daySums(range)).map(({ date, views }) => [date, views.total_views]));
  const withheld = await withheldDates(range);
  const restated = await restatedDates(range.snapshot, range.scope, range);
  const isDue = new Set(due);
  return datesBetween(range.from, range.to).map((date) => {
    const [state, merge, run] = [stateOf(date), merges.get(date), runs.get(date)];
    const isFinal = state === 'final' || state === 'purged';
    return {
      extraction_date: date,
      state,
      last_run: run ? { run_id: run.runId, status: run.status } : null,
      due_at: state === 'future' ? null : `${addDays(date, 1)} 23:59:59`,
      late: isDue.has(date) && !isFinal,
      completed_at: localTime(merge?.finishedAt, timeZone),
      restated_at: localTime(restated.get(date), timeZone),
      user_counts_as_of: localTime(merge?.details.user_counts_as_of, timeZone),
      total_views: merge ? (views.get(date) ?? (withheld.has(date) ? null : 0)) : null,
    };
  });
}
