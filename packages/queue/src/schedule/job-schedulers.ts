import type { Config } from '@etl/core';
import { getNextMillis, type JobState, type Queue } from 'bullmq';

/**
 * The ticks: `nightly` runs yesterday's pipeline, `hourly` reconciles dates during the day, `live` runs today's
 * pipeline.
 */
export type Tick = 'nightly' | 'hourly' | 'live';

export type ScheduleConfig = Pick<Config, 'ETL_SCHEDULE' | 'ETL_STATUS_SCHEDULE' | 'ETL_TIMEZONE'> &
  Partial<Pick<Config, 'ETL_LIVE_SCHEDULE'>>;

/** The names of the ticks in Redis. Former versions called the hourly tick `look`, and Redis keeps that name. */
const TICKS: readonly { name: string; pattern(config: ScheduleConfig): string | null }[] = [
  { name: 'nightly', pattern: (config) => config.ETL_SCHEDULE },
  // Without a schedule there are no dates to reconcile.
  { name: 'look', pattern: (config) => config.ETL_SCHEDULE && config.ETL_STATUS_SCHEDULE },
  { name: 'live', pattern: (config) => config.ETL_LIVE_SCHEDULE ?? null },
];

/**
 * Two and a half minutes in all: the warehouse may be restarting. After a longer outage the next tick reconciles
 * the dates. A live tick is tried once: the next one comes soon.
 */
const ATTEMPTS = { attempts: 5, backoff: { type: 'exponential', delay: 10_000 } };

/** Ended ticks that the queue keeps, for the operator. */
const TICKS_KEPT = 100;

/**
 * Writes the configured schedule into the queue. Does not touch what is right already: writing it again would
 * delete an overdue tick.
 */
export async function applySchedule(queue: Queue, config: ScheduleConfig): Promise<void> {
  for (const { name, pattern } of TICKS) {
    const wanted = pattern(config);
    const found = await queue.getJobScheduler(name);
    if (wanted === null) {
      if (found) await queue.removeJobScheduler(name);
    } else if (found?.pattern !== wanted || found.tz !== config.ETL_TIMEZONE) {
      await write(queue, name, wanted, config.ETL_TIMEZONE);
    }
  }
}

/**
 * Restores what the queue has lost of the schedule: all of it, or only the next tick. Leaves another schedule as it
 * is, so that workers of an older and a newer configuration do not undo each other. Returns whether anything was
 * lost: ticks may be lost with it. `clock`: the time that decides which tick is the next.
 */
export async function restoreSchedule(
  queue: Queue,
  config: ScheduleConfig,
  clock: () => Promise<Date>,
): Promise<boolean> {
  let lost = false;
  for (const { name, pattern } of TICKS) {
    const wanted = pattern(config);
    if (wanted === null) continue;
    const found = await queue.getJobScheduler(name);
    const nextTick = found?.next && (await queue.getJob(tickId(name, found.next)));
    // Read after the queue, so that a tick that comes meanwhile is not missed.
    if (nextTick && !(await skipsTick(queue, name, found, await clock()))) continue;
    await write(queue, name, found?.pattern ?? wanted, found?.tz ?? config.ETL_TIMEZONE);
    lost = true;
  }
  return lost;
}

/**
 * Whether the queue waits for a later tick than the next one: a worker whose clock was days ahead has taken that
 * one already.
 */
async function skipsTick(
  queue: Queue,
  name: string,
  { pattern, tz, next }: { pattern?: string; tz?: string; next?: number },
  now: Date,
): Promise<boolean> {
  const expected = nextDue(now, pattern, tz);
  if (expected === undefined || (next ?? 0) <= expected) return false;
  const state = await queue.getJobState(tickId(name, expected));
  return state === 'unknown' || hasEnded(state);
}

/** As BullMQ calculates it. Another library finds other ticks in nights when clocks change. */
function nextDue(now: Date, pattern: string | undefined, tz: string | undefined): number | undefined {
  return getNextMillis(now.getTime(), { ...(pattern && { pattern }), ...(tz && { tz }) });
}

/** A tick in any other state will still come, or has vanished. */
function hasEnded(state: JobState | 'unknown'): boolean {
  return state === 'completed' || state === 'failed';
}

/** The tick of a job of the schedule's queue. */
export function tickOf({ name }: { name: string }): Tick {
  return name === 'nightly' || name === 'live' ? name : 'hourly';
}

/** BullMQ's job id of a tick. */
function tickId(name: string, due: number): string {
  return `repeat:${name}:${due}`;
}

async function write(queue: Queue, name: string, pattern: string, tz: string): Promise<void> {
  const next = nextDue(new Date(), pattern, tz);
  const id = next === undefined ? undefined : tickId(name, next);
  // The tick was taken early. BullMQ does not add a job whose id it still has.
  if (id !== undefined && hasEnded(await queue.getJobState(id))) await queue.remove(id);
  await queue.upsertJobScheduler(
    name,
    { pattern, tz },
    {
      name,
      opts: { ...(name !== 'live' && ATTEMPTS), removeOnComplete: TICKS_KEPT, removeOnFail: TICKS_KEPT },
    },
  );
}
