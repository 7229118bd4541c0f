import type { Config } from '@etl/core';
import { getNextMillis, type JobState, type Queue } from 'bullmq';

/** The ticks: the one that runs yesterday's pipeline, and the one that looks whether everything is as it should be. */
export type Tick = 'nightly' | 'look';

export type ScheduleConfig = Pick<Config, 'ETL_SCHEDULE' | 'ETL_STATUS_SCHEDULE' | 'ETL_TIMEZONE'>;

const TICKS: readonly { tick: Tick; pattern(config: ScheduleConfig): string | null }[] = [
  { tick: 'nightly', pattern: (config) => config.ETL_SCHEDULE },
  // Without a schedule there is nothing to look for.
  { tick: 'look', pattern: (config) => config.ETL_SCHEDULE && config.ETL_STATUS_SCHEDULE },
];

/** Some two and a half minutes in all: the warehouse may just be restarted. What a tick misses for longer, the next look does. */
const ATTEMPTS = { attempts: 5, backoff: { type: 'exponential', delay: 10_000 } };

/** For the operator's look at the past. */
const TICKS_KEPT = 100;

/**
 * Brings the schedule in the queue to what this process was configured with. What is right already is not touched: writing it anew
 * would delete a tick that is overdue.
 */
export async function applySchedule(queue: Queue, config: ScheduleConfig): Promise<void> {
  for (const { tick, pattern } of TICKS) {
    const wanted = pattern(config);
    const found = await queue.getJobScheduler(tick);
    if (wanted === null) {
      if (found) await queue.removeJobScheduler(tick);
    } else if (found?.pattern !== wanted || found.tz !== config.ETL_TIMEZONE) {
      await write(queue, tick, wanted, config.ETL_TIMEZONE);
    }
  }
}

/**
 * Puts back what the queue has lost of the schedule, be it all of it or only the next tick. Leaves one that is there as it is, also
 * where it is another one: workers of an older and a newer configuration must not undo each other. Returns whether
 * anything was lost, and ticks perhaps with it. `clock`: the time that decides which tick is the next.
 */
export async function restoreSchedule(
  queue: Queue,
  config: ScheduleConfig,
  clock: () => Promise<Date>,
): Promise<boolean> {
  let lost = false;
  for (const { tick, pattern } of TICKS) {
    const wanted = pattern(config);
    if (wanted === null) continue;
    const found = await queue.getJobScheduler(tick);
    const isThere = found?.next && (await queue.getJob(tickId(tick, found.next)));
    // Asked after the queue: a tick that comes meanwhile is not missed.
    if (isThere && !(await skipsTick(queue, tick, found, await clock()))) continue;
    await write(queue, tick, found?.pattern ?? wanted, found?.tz ?? config.ETL_TIMEZONE);
    lost = true;
  }
  return lost;
}

/**
 * Whether the queue waits for a later tick than the next one. A worker whose clock was days ahead has taken that already. Such a tick
 * counts for nothing.
 */
async function skipsTick(
  queue: Queue,
  tick: Tick,
  { pattern, tz, next }: { pattern?: string; tz?: string; next?: number },
  now: Date,
): Promise<boolean> {
  const expected = nextDue(now, pattern, tz);
  if (expected === undefined || (next ?? 0) <= expected) return false;
  const state = await queue.getJobState(tickId(tick, expected));
  return state === 'unknown' || hasEnded(state);
}

/** By the queue's own reckoning: another one finds other ticks in nights whose clocks change. */
function nextDue(now: Date, pattern: string | undefined, tz: string | undefined): number | undefined {
  return getNextMillis(now.getTime(), { ...(pattern && { pattern }), ...(tz && { tz }) });
}

/** A tick in any other state is still to come, or has vanished. */
function hasEnded(state: JobState | 'unknown'): boolean {
  return state === 'completed' || state === 'failed';
}

/** The queue's own name for it. */
function tickId(tick: Tick, due: number): string {
  return `repeat:${tick}:${due}`;
}

async function write(queue: Queue, tick: Tick, pattern: string, tz: string): Promise<void> {
  const next = nextDue(new Date(), pattern, tz);
  const id = next === undefined ? undefined : tickId(tick, next);
  // It was taken early. The queue does not write a tick whose id it still has, or mixes it with the old one.
  if (id !== undefined && hasEnded(await queue.getJobState(id))) await queue.remove(id);
  await queue.upsertJobScheduler(
    tick,
    { pattern, tz },
    { name: tick, opts: { ...ATTEMPTS, removeOnComplete: TICKS_KEPT, removeOnFail: TICKS_KEPT } },
  );
}
