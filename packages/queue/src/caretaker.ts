import { setTimeout as sleep } from 'node:timers/promises';
import { asError, type Config } from '@etl/core';
import { type Job, Worker } from 'bullmq';
import { SCHEDULE_QUEUE } from './queue-names.ts';
import type { RedisConnection } from './redis.ts';
import { restoreUnattendedRuns } from './runs/restore-jobs.ts';
import { applySchedule, restoreSchedule, type ScheduleConfig, type Tick } from './schedule/job-schedulers.ts';
import { type CalendarControl, lookAtDates } from './schedule/look-at-dates.ts';

export interface CaretakerControl extends CalendarControl {
  config: CalendarControl['config'] & ScheduleConfig & Pick<Config, 'ETL_QUEUE_PREFIX'>;
  /** For the worker of the schedule's ticks. */
  connection: RedisConnection;
}

/**
 * Looks after the runs for as long as its process lives: brings the schedule into the queue, answers its ticks, starts what was
 * missed while nothing ran, and puts back what the queue has lost. Every worker process has one; they do not disturb each
 * other. What fails because a database or Redis is away is tried again at the next round.
 */
export function startCaretaker(control: CaretakerControl): { stop(): Promise<void> } {
  // A worker without a schedule must not take the ticks of one that has one.
  const ticks = control.config.ETL_SCHEDULE === null ? undefined : tickWorker(control);
  void ticks?.run();
  const stopped = new AbortController();
  const rounds = goRound(control, stopped.signal);
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all([ticks?.close(), rounds]);
    },
  };
}

async function goRound(control: CaretakerControl, stopped: AbortSignal): Promise<void> {
  const { queues, config, log } = control;
  // Twice within a lease: what nobody has in hand is found soon after it has run out.
  const pause = (config.ETL_LEASE_SECONDS * 1000) / 2;
  let isFirst = true;
  let isAway = false;
  // A process that has only just started has no connection yet, which is no outage.
  await queues.waitUntilConnected().catch(() => {});
  while (!stopped.aborted) {
    try {
      await queues.ping();
      if (isFirst) await applySchedule(queues.schedule, config);
      const lostTicks = await restoreSchedule(queues.schedule, config);
      await restoreUnattendedRuns(control);
      if (isFirst || lostTicks) await lookAtDates(control, 'start', control.now());
      isFirst = false;
      isAway = false;
    } catch (error) {
      // One line for each outage says enough.
      log[isAway ? 'debug' : 'warn']({ err: asError(error) }, 'runs could not be looked after');
      isAway = true;
    }
    await sleep(pause, undefined, { signal: stopped }).catch(() => {});
  }
}

function tickWorker(control: CaretakerControl): Worker {
  const { config, connection, log } = control;
  const worker = new Worker(SCHEDULE_QUEUE, (job) => answerTick(control, job), {
    connection,
    prefix: config.ETL_QUEUE_PREFIX,
    autorun: false,
  });
  worker.on('error', (error) => log.debug({ err: asError(error) }, 'queue error'));
  worker.on('failed', (_job, error) => log.warn({ err: error }, 'tick failed'));
  return worker;
}

async function answerTick(control: CaretakerControl, job: Job): Promise<void> {
  // Never before the tick's own time: a clock that is a second slow would take the day before for the newest that is due.
  const now = new Date(Math.max(control.now().getTime(), job.opts.prevMillis ?? 0));
  await lookAtDates(control, job.name as Tick, now);
}
