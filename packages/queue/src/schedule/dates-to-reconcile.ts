import { addDays, type Config, datesBetween, isWithinWindow } from '@etl/core';
import type { Tick } from './job-schedulers.ts';

/** What causes dates to be reconciled: a tick, or the start of a worker process. */
export type ReconcileCause = Exclude<Tick, 'live'> | 'start';

/**
 * The dates that the schedule must decide about, oldest first. `newest`: the newest due date. `first`: the first
 * date that ever completed, and the first date with a scheduled run.
 */
export function datesToReconcile(
  config: Pick<Config, 'ETL_TIMEZONE' | 'ETL_CATCH_UP_DAYS' | 'ETL_LOG_RETENTION_DAYS'>,
  cause: ReconcileCause,
  newest: string,
  first: { completed: string | undefined; scheduled: string | undefined },
  now: Date,
): string[] {
  const isNew = first.completed === undefined && first.scheduled === undefined;
  // The hourly tick also starts the first night of all, if the nightly tick of that night failed.
  const isTonight =
    cause === 'nightly' || (cause === 'hourly' && isNew && isWithinWindow(newest, config.ETL_TIMEZONE, now));
  const oldestCaughtUp = addDays(newest, -config.ETL_CATCH_UP_DAYS);
  // Dates that the schedule missed longer ago are not caught up. They are recorded as expired.
  const oldestRecorded = addDays(newest, -config.ETL_LOG_RETENTION_DAYS);
  const candidates = [
    // No date at all: the day after the newest.
    addDays(newest, 1),
    isTonight && newest,
    first.completed && later(first.completed, oldestCaughtUp),
    first.scheduled && later(first.scheduled, oldestRecorded),
  ].filter((date) => typeof date === 'string');
  return datesBetween(candidates.reduce(earlier), newest);
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
