import { Cron } from 'croner';
import type { TriggerType } from './batches.ts';
import type { Config } from './config/variables.ts';
import { addDays, dayOf, yesterday } from './days.ts';

/** The first tick of a schedule after an instant, on the clocks of a zone: what a change of the clocks skips comes right after it. */
export function nextTick(pattern: string, timeZone: string, after: Date): Date {
  // Not by the queue's parser: that finds none in a night whose clocks change by half an hour.
  const tick = new Cron(pattern, { timezone: timeZone, paused: true }).nextRun(after);
  if (!tick) throw new Error(`The schedule ${pattern} has no tick after ${after.toISOString()}`);
  return tick;
}

/** When the schedule ticks next, on these clocks. Undefined where there is no schedule. */
export function nextScheduledRun(
  { ETL_SCHEDULE, ETL_TIMEZONE }: Pick<Config, 'ETL_SCHEDULE' | 'ETL_TIMEZONE'>,
  now: Date,
): Date | undefined {
  return ETL_SCHEDULE === null ? undefined : nextTick(ETL_SCHEDULE, ETL_TIMEZONE, now);
}

/**
 * The newest date that the schedule has come to: its day has ended, and a tick has followed. Found forwards from the day's end:
 * looking for the tick before `now` would miss one that a change of the clocks has moved.
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

/** Whether a run is one of those that the schedule starts by itself. */
export function isOfSchedule(trigger: TriggerType): boolean {
  return trigger === 'schedule' || trigger === 'catch_up';
}

/** Whether the day is over at that time. */
export function hasEnded(date: string, timeZone: string, now: Date): boolean {
  return now.getTime() >= dayOf(date, timeZone).end * 1000;
}

/**
 * Whether a scheduled run of the date may still start: the window closes with the end of the next day. Heads are counted as
 * they are at the moment of the run, and must not be far from the date.
 */
export function isWithinWindow(date: string, timeZone: string, now: Date): boolean {
  return now.getTime() < dayOf(addDays(date, 1), timeZone).end * 1000;
}
