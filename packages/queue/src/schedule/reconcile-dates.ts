import { addDays, isLostLock, newestDueDate } from '@etl/core';
import { dateRecords, firstDates, withLock } from '@etl/warehouse';
import { type CalendarControl, carryOut } from './carry-out.ts';
import { datesToReconcile, type ReconcileCause } from './dates-to-reconcile.ts';
import { type DecisionContext, decide } from './decision.ts';
import { extractLateRows } from './late-rows.ts';

/** Reconciling takes a second. A process that waited for another one must still handle its own tick. */
const LONGEST_WAIT_SECONDS = 60;

/** Starting 366 runs takes less time than this. */
const LONGEST_LOCK_SECONDS = 3600;

/**
 * Starts the runs that the schedule must start and has not started, oldest date first: yesterday's at the nightly
 * tick, and for every cause the dates that are missing since the first date that completed or was scheduled. The
 * nightly tick also extracts dates again whose log rows came late. Processes that reconcile at the same time wait
 * for each other. Does nothing without a schedule.
 */
export async function reconcileDates(
  given: Omit<CalendarControl, 'now'>,
  cause: ReconcileCause,
  now: Date,
): Promise<void> {
  // One time decides about everything.
  const control: CalendarControl = { ...given, now: () => now };
  const { warehouse, config } = control;
  if (config.ETL_SCHEDULE === null) return;
  const newest = newestDueDate(config.ETL_SCHEDULE, config.ETL_TIMEZONE, now);
  const lock = { name: 'calendar', waitSeconds: LONGEST_WAIT_SECONDS, longestSeconds: LONGEST_LOCK_SECONDS };
  const lost: unknown[] = [];
  const isDone = await withLock(warehouse, lock, async () => {
    lost.push(...(await startMissingRuns(control, cause, newest, now)));
  });
  if (!isDone) throw new Error(`Another process has been reconciling dates for ${LONGEST_WAIT_SECONDS} s`);
  if (cause === 'nightly') await extractLateRows(control, newest);
  // The caller must try again.
  if (lost.length > 0) throw lost[0];
}

/** Returns the errors of dates that another session has locked. */
async function startMissingRuns(
  control: CalendarControl,
  cause: ReconcileCause,
  newest: string,
  now: Date,
): Promise<unknown[]> {
  const { warehouse, config, log } = control;
  const first = await firstDates(warehouse);
  const dates = datesToReconcile(config, cause, newest, first, now);
  if (dates.length === 0) {
    log.info({ tick: cause, newest }, 'no date is due');
    return [];
  }
  const records = await dateRecords(warehouse, dates);
  const context: DecisionContext = {
    now,
    timeZone: config.ETL_TIMEZONE,
    oldest: addDays(newest, -config.ETL_CATCH_UP_DAYS),
    firstScheduled: first.scheduled,
  };
  const counts: Record<string, number> = {};
  const lost: unknown[] = [];
  for (const date of dates) {
    const decision = decide(date, records.get(date), context);
    // A locked date must not keep the others from being run.
    await carryOut(control, date, decision, context.oldest).catch((error: unknown) => {
      if (!isLostLock(error)) throw error;
      log.warn({ date, err: error }, 'date not run');
      lost.push(error);
    });
    const what = decision.kind === 'leave' ? decision.why : decision.kind;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  log.info({ tick: cause, from: dates[0], to: newest, ...counts }, 'dates reconciled');
  return lost;
}
