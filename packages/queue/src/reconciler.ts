import { setTimeout as sleep } from 'node:timers/promises';
import { asError, type Config } from '@etl/core';
import type { RedisConnection } from './redis.ts';
import { restoreOrphanedRuns } from './runs/restore-jobs.ts';
import { applySchedule, restoreSchedule, type ScheduleConfig } from './schedule/job-schedulers.ts';
import { type CalendarControl, reconcileDates } from './schedule/reconcile-dates.ts';
import { openTicks, type Ticks } from './schedule/ticks.ts';

export interface ReconcilerControl extends Omit<CalendarControl, 'now'> {
  config: CalendarControl['config'] & ScheduleConfig & Pick<Config, 'ETL_QUEUE_PREFIX'>;
  /** For the worker of the schedule's ticks. */
  connection: RedisConnection;
  /** The time that decides on dates: the warehouse's. */
  clock(): Promise<Date>;
  /** How often a process looks at the dates if its clock keeps it from taking ticks. An hour, but for tests. */
  reconcileWithoutTicksMs?: number;
}

export interface Reconciler {
  /** Throws if the clock of this process is so wrong that it takes no ticks. */
  checkClock(): void;
  stop(): Promise<void>;
}

/** A process that takes no ticks looks at the dates all the same: the clocks of all others may be as wrong. */
const RECONCILE_WITHOUT_TICKS_MS = 3_600_000;

/**
 * Looks after the runs for as long as its process lives: brings the schedule into the queue, answers its ticks, starts what was
 * missed while nothing ran, and puts back what the queue has lost. Every worker process has one; they do not disturb each
 * other. What fails because a database or Redis is away is tried again at the next round.
 */
export function startReconciler(control: ReconcilerControl): Reconciler {
  const ticks = openTicks({ ...control, answer: (tick, now) => reconcileDates(control, tick, now) });
  const stopped = new AbortController();
  const rounds = goRound(control, ticks, stopped.signal);
  return {
    checkClock: () => {
      const fault = ticks.fault();
      if (fault) throw new Error(fault);
    },
    stop: async () => {
      stopped.abort();
      await Promise.all([ticks.stop(), rounds]);
    },
  };
}

async function goRound(control: ReconcilerControl, ticks: Ticks, stopped: AbortSignal): Promise<void> {
  const { queues, config, log, reconcileWithoutTicksMs = RECONCILE_WITHOUT_TICKS_MS } = control;
  // Twice within a lease: what nobody has in hand is found soon after it has run out.
  const pause = (config.ETL_LEASE_SECONDS * 1000) / 2;
  const schedule = scheduleKeeper(control);
  let reconciledAt: number | undefined;
  let isUnreachable = false;
  // A process that has only just started has no connection yet, which is no outage.
  await queues.waitUntilConnected().catch(() => {});
  while (!stopped.aborted) {
    try {
      await queues.ping();
      const isClockRight = (await ticks.compareClocks()) === undefined;
      await restoreOrphanedRuns(control);
      // The schedule is written with the times of this process's clock.
      const lostTicks = isClockRight && (await schedule());
      const isOverdue = !isClockRight && performance.now() - (reconciledAt ?? 0) >= reconcileWithoutTicksMs;
      if (reconciledAt === undefined || lostTicks || isOverdue) {
        await reconcileDates(control, isOverdue ? 'look' : 'start', await control.clock());
        reconciledAt = performance.now();
      }
      isUnreachable = false;
    } catch (error) {
      // One line for each outage says enough.
      log[isUnreachable ? 'debug' : 'warn']({ err: asError(error) }, 'runs could not be looked after');
      isUnreachable = true;
    }
    await sleep(pause, undefined, { signal: stopped }).catch(() => {});
  }
}

/** Brings the schedule into the queue, and afterwards puts back what is lost of it. Returns whether anything was lost. */
function scheduleKeeper({ queues, config, clock }: ReconcilerControl): () => Promise<boolean> {
  let isApplied = false;
  return async () => {
    if (!isApplied) await applySchedule(queues.schedule, config);
    isApplied = true;
    return restoreSchedule(queues.schedule, config, clock);
  };
}
