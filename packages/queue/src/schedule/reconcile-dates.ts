import {
  addDays,
  type Config,
  type Day,
  datesBetween,
  dayOf,
  EtlError,
  isLostLock,
  isWithinWindow,
  newestDueDate,
} from '@etl/core';
import { completedRow, dateRecords, firstDates, withLock } from '@etl/warehouse';
import { retryRun } from '../runs/retry-run.ts';
import type { RunControl } from '../runs/run-control.ts';
import { startRun } from '../runs/start-run.ts';
import { type Decision, type DecisionContext, decide } from './decision.ts';
import type { Tick } from './job-schedulers.ts';

/** What looking after the dates works with. */
export interface CalendarControl extends RunControl {
  config: RunControl['config'] & Pick<Config, 'ETL_SCHEDULE' | 'ETL_CATCH_UP_DAYS'>;
  /** Counts the rows that the source's log has of a day at this moment. */
  countLogRows(day: Day): Promise<number>;
}

const REQUESTED_BY = 'schedule';

/** A look takes a second; each of those that come at the same time has its own reason, and none may be dropped. */
const LONGEST_WAIT_SECONDS = 60;

/** Longer than a look takes that starts a year of dates. */
const LONGEST_LOOK_SECONDS = 3600;

/**
 * Starts what the schedule is to run and has not run: at the nightly tick yesterday, and at every look whatever is missing since
 * the first date that has completed or was scheduled, oldest first. The nightly tick then looks for log rows that came late. Of
 * several processes that look at the same time, one waits for the other. Does nothing where there is no schedule.
 */
export async function reconcileDates(
  asked: Omit<CalendarControl, 'now'>,
  tick: Tick | 'start',
  now: Date,
): Promise<void> {
  // All that is decided here is decided by that one time.
  const control: CalendarControl = { ...asked, now: () => now };
  const { warehouse, config } = control;
  if (config.ETL_SCHEDULE === null) return;
  const newest = newestDueDate(config.ETL_SCHEDULE, config.ETL_TIMEZONE, now);
  const lock = { name: 'calendar', waitSeconds: LONGEST_WAIT_SECONDS, longestSeconds: LONGEST_LOOK_SECONDS };
  const failures: unknown[] = [];
  const looked = await withLock(warehouse, lock, async () => {
    failures.push(...(await startWhatIsMissing(control, tick, newest, now)));
  });
  if (!looked) throw new Error(`Another process has been looking at the dates for ${LONGEST_WAIT_SECONDS} s`);
  if (tick === 'nightly') await extractLateRows(control, newest);
  // Whoever asked for the look is to know that it has to be done again.
  if (failures.length > 0) throw failures[0];
}

/** Returns why dates could not be started: they are locked by somebody. */
async function startWhatIsMissing(
  control: CalendarControl,
  tick: Tick | 'start',
  newest: string,
  now: Date,
): Promise<unknown[]> {
  const { warehouse, config, log } = control;
  const first = await firstDates(warehouse);
  const isNew = first.completed === undefined && first.scheduled === undefined;
  // A look finds the first night of all, too, where its tick came to nothing.
  const isTonight =
    tick === 'nightly' || (tick === 'look' && isNew && isWithinWindow(newest, config.ETL_TIMEZONE, now));
  const oldest = oldestDate(config, first, newest);
  const dates = datesBetween(isTonight ? earlier(oldest, newest) : oldest, newest);
  if (dates.length === 0) {
    log.info({ tick, newest }, 'no date is due');
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
  const failures: unknown[] = [];
  for (const date of dates) {
    const decision = decide(date, records.get(date), context);
    // One date that somebody has locked must not keep the others from being run.
    await carryOut(control, date, decision, context.oldest).catch((error: unknown) => {
      if (!isLostLock(error)) throw error;
      log.warn({ date, err: error }, 'date not run');
      failures.push(error);
    });
    const what = decision.kind === 'leave' ? decision.why : decision.kind;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  log.info({ tick, from: dates[0], to: newest, ...counts }, 'dates looked at');
  return failures;
}

/**
 * The first date that may be missing: since the beginning, as far back as is caught up or traced. The day after `newest` where
 * nothing ever ran.
 */
function oldestDate(
  config: CalendarControl['config'],
  { completed, scheduled }: Awaited<ReturnType<typeof firstDates>>,
  newest: string,
): string {
  const oldestCaughtUp = addDays(newest, -config.ETL_CATCH_UP_DAYS);
  // Dates that the schedule has missed for longer are not caught up, but it is written down that they were not run.
  const oldestTraced = addDays(newest, -config.ETL_LOG_RETENTION_DAYS);
  const candidates = [
    addDays(newest, 1),
    completed && later(completed, oldestCaughtUp),
    scheduled && later(scheduled, oldestTraced),
  ].filter((date) => date !== undefined);
  return candidates.reduce(earlier);
}

async function carryOut(
  control: CalendarControl,
  date: string,
  decision: Decision,
  oldest: string,
): Promise<void> {
  const { log } = control;
  try {
    switch (decision.kind) {
      case 'leave':
        log[decision.why === 'completed' ? 'debug' : 'info']({ date, why: decision.why }, 'date left alone');
        break;
      case 'retry':
        await retryRun(control, { runId: decision.runId, requestedBy: REQUESTED_BY });
        break;
      case 'start':
        await start(control, date, decision.trigger, oldest);
    }
  } catch (error) {
    if (!(error instanceof EtlError)) throw error;
    log.warn({ date, code: error.code, why: error.message }, 'date not run');
  }
}

async function start(
  control: CalendarControl,
  date: string,
  trigger: 'schedule' | 'catch_up',
  oldest: string,
): Promise<void> {
  const { log } = control;
  try {
    await startRun(control, { kind: 'pipeline', date, trigger, requestedBy: REQUESTED_BY });
  } catch (error) {
    if (!(error instanceof EtlError) || error.code !== 'ETL_WINDOW_EXPIRED') throw error;
    if (date < oldest) {
      log.warn({ date }, 'date was missed and is too old to be caught up: run it with a backfill');
      return;
    }
    log.info({ date }, 'window of the date has closed: it is caught up');
    await start(control, date, 'catch_up', oldest);
  }
}

/**
 * Extracts again what was extracted before all of its log was written: recent dates of which the source has more rows now than were
 * read. Where it has fewer, it was cleaned up, and the figures stay as they are.
 */
async function extractLateRows(control: CalendarControl, newest: string): Promise<void> {
  const { warehouse, config, log } = control;
  const oldest = addDays(newest, -config.ETL_CATCH_UP_DAYS);
  const records = await dateRecords(warehouse, datesBetween(oldest, newest));
  for (const [date, { isFinal, isActive }] of records) {
    if (!isFinal || isActive) continue;
    const late = await lateRows(control, date);
    if (late.rows <= 0) continue;
    if (late.timeZone !== config.ETL_TIMEZONE) {
      // In another zone it is another day, which would overlap its neighbours: that is for a person to decide.
      log.warn(
        { date, late: late.rows, timeZone: late.timeZone },
        'log rows came late for a date of another time zone: run it with a backfill',
      );
      continue;
    }
    log.info({ date, late: late.rows }, 'log rows of the date came late: it is extracted again');
    await carryOut(control, date, { kind: 'start', trigger: 'catch_up' }, oldest);
  }
}

/** How many rows the source has of the date beyond those that were read. 0 where it cannot be said. */
async function lateRows(
  { warehouse, countLogRows, log }: CalendarControl,
  date: string,
): Promise<{ rows: number; timeZone: string }> {
  // Of the merge: activity that was counted anew, but not merged, is in nobody's figures yet.
  const merged = await completedRow(warehouse, 'main_etl', date);
  if (merged?.details.log_rows === undefined) return { rows: 0, timeZone: '' };
  const timeZone = merged.details.time_zone;
  try {
    const found = await countLogRows(dayOf(date, timeZone));
    return { rows: found - merged.details.log_rows, timeZone };
  } catch (error) {
    // The process stops: another one is to do it.
    if ((error as Error).name === 'AbortError') throw error;
    log.warn({ date, err: error }, 'log rows could not be counted');
    return { rows: 0, timeZone };
  }
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
