import { Cron } from 'croner';
import type { TriggerType } from './batches.ts';
import type { Config } from './config/variables.ts';
import { addDays, dayOf, yesterday } from './days.ts';

/**
 * The first tick of a schedule after an instant, in a zone. A tick in an hour that the clocks skip comes right after
 * that hour.
 */
export function nextTick(pattern: string, timeZone: string, after: Date): Date {
  // BullMQ's parser finds no tick in a night whose clocks change by half an hour.
  const tick = new Cron(pattern, { timezone: timeZone, paused: true }).nextRun(after);
  if (!tick) throw new Error(`The schedule ${pattern} has no tick after ${after.toISOString()}`);
  return tick;
}

/** The next tick of the schedule. Undefined if there is no schedule. */
export function nextScheduledRun(
  { ETL_SCHEDULE, ETL_TIMEZONE }: Pick<Config, 'ETL_SCHEDULE' | 'ETL_TIMEZONE'>,
  now: Date,
): Date | undefined {
  return ETL_SCHEDULE === null ? undefined : nextTick(ETL_SCHEDULE, ETL_TIMEZONE, now);
}

/**
 * The newest date that is due: its day has ended, and the schedule has ticked since. The search goes forwards from
 * the day's end, because a search backwards from `now` misses a tick that a change of the clocks has moved.
 */
export function newestDueDate(pattern: string, timeZone: string, now: Date): string {
  let date = yesterday(timeZone, now);
  while (dueAt(pattern, timeZone, date) > now) date = addDays(date, -1);
  return date;
}

function dueAt(pattern: string, timeZone: string, date: string): Date {
  const end = dayOf(date, timeZone).end * 1000;
  return nextTick(pattern, timeZone, new Date(end - 1));
}

/** Whether the schedule started the run by itself. */
export function isOfSchedule(trigger: TriggerType): boolean {
  return trigger === 'schedule' || trigger === 'catch_up';
}

/** Whether the day is over at that time. */
export function hasEnded(date: string, timeZone: string, now: Date): boolean {
  return now.getTime() >= dayOf(date, timeZone).end * 1000;
}

/**
 * Whether a scheduled run of the date may still start. The window closes with the end of the next day: enrolments are
 * counted at the moment of the run, which must be close to the date.
 */
export function isWithinWindow(date: string, timeZone: string, now: Date): boolean {
  return now.getTime() < dayOf(addDays(date, 1), timeZone).end * 1000;
}
