import { type Config, startPeriodic } from '@etl/core';
import { fillFailureCodes } from '@etl/warehouse';
import type { RedisConnection } from './redis.ts';
import { restoreOrphanedRuns } from './runs/restore-jobs.ts';
import type { CalendarControl } from './schedule/carry-out.ts';
import { applySchedule, restoreSchedule, type ScheduleConfig } from './schedule/job-schedulers.ts';
import { type LiveControl, startLiveRun } from './schedule/live.ts';
import { reconcileDates } from './schedule/reconcile-dates.ts';
import { openTicks, type Ticks } from './schedule/ticks.ts';

export interface ReconcilerControl extends Omit<CalendarControl, 'now'>, Pick<LiveControl, 'sourceLoad'> {
  config: CalendarControl['config'] & ScheduleConfig & Pick<Config, 'ETL_QUEUE_PREFIX'>;
  /** For the worker of the schedule's ticks. */
  connection: RedisConnection;
  /** The time that decides on dates: the warehouse's. */
  clock(): Promise<Date>;
  /** How often a process with a wrong clock reconciles dates. An hour, except in tests. */
  reconcileWithoutTicksMs?: number;
}

export interface Reconciler {
  /** Throws if the clock of this process is so wrong that it takes no ticks. */
  checkClock(): void;
  stop(): Promise<void>;
}

/** A process with a wrong clock takes no ticks, but reconciles dates: the clocks of all others may be wrong, too. */
const RECONCILE_WITHOUT_TICKS_MS = 3_600_000;

/**
 * Makes Redis and `log_scheduler` agree for as long as the process lives:
 * - it writes the schedule into the queue, and answers its ticks;
 * - it starts the runs that were missed while no worker ran;
 * - it restores jobs that the queue lost.
 *
 * Every worker process has a reconciler. They do not disturb each other. If a database or Redis is unreachable, the
 * next round tries again.
 */
export function startReconciler(control: ReconcilerControl): Reconciler {
  const { config, log, warehouse } = control;
  const ticks = openTicks({
    ...control,
    answer: async (tick, now) => {
      await fillFailureCodes(warehouse);
      if (tick === 'live') await startLiveRun(control, now);
      else await reconcileDates(control, tick, now);
    },
  });
  const rounds = startPeriodic({
    name: 'reconciler',
    // Twice within a lease: an orphaned run is found soon after its lease has run out.
    everyMs: (config.ETL_LEASE_SECONDS * 1000) / 2,
    run: roundOf(control, ticks),
    log,
  });
  return {
    checkClock: () => {
      const fault = ticks.fault();
      if (fault) throw new Error(fault);
    },
    stop: async () => {
      await Promise.all([ticks.stop(), rounds.stop()]);
    },
  };
}

function roundOf(control: ReconcilerControl, ticks: Ticks): () => Promise<void> {
  const { queues, warehouse, reconcileWithoutTicksMs = RECONCILE_WITHOUT_TICKS_MS } = control;
  const keepSchedule = scheduleKeeper(control);
  let connected: Promise<void> | undefined;
  let reconciledAt: number | undefined;
  return async () => {
    // A process that has only just started has no connection yet, which is no outage.
    connected ??= queues.waitUntilConnected().catch(() => {});
    await connected;
    await queues.ping();
    const isClockRight = (await ticks.compareClocks()) === undefined;
    await fillFailureCodes(warehouse);
    await restoreOrphanedRuns(control);
    // The schedule is written with the times of this process's clock.
    const lostTicks = isClockRight && (await keepSchedule());
    const isOverdue = !isClockRight && performance.now() - (reconciledAt ?? 0) >= reconcileWithoutTicksMs;
    if (reconciledAt !== undefined && !lostTicks && !isOverdue) return;
    await reconcileDates(control, isOverdue ? 'hourly' : 'start', await control.clock());
    reconciledAt = performance.now();
  };
}

/**
 * Writes the schedule into the queue, and afterwards restores what is lost of it. Returns whether anything was
 * lost.
 */
function scheduleKeeper({ queues, config, clock }: ReconcilerControl): () => Promise<boolean> {
  let isApplied = false;
  return async () => {
    if (!isApplied) await applySchedule(queues.schedule, config);
    isApplied = true;
    return restoreSchedule(queues.schedule, config, clock);
  };
}
