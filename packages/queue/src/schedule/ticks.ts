import { asError, type Config, type Logger } from '@etl/core';
import { clockFault, secondsAhead } from '@etl/warehouse';
import { DelayedError, type Job, Worker } from 'bullmq';
import { SCHEDULE_QUEUE } from '../queue-names.ts';
import type { RedisConnection } from '../redis.ts';
import { type Tick, tickOf } from './job-schedulers.ts';

export interface TicksControl {
  connection: RedisConnection;
  config: Pick<Config, 'ETL_QUEUE_PREFIX' | 'ETL_SCHEDULE'> & Partial<Pick<Config, 'ETL_LIVE_SCHEDULE'>>;
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** The time that decides on dates: the warehouse's. */
  clock(): Promise<Date>;
  /** Handles a tick. `now`: the warehouse's time. */
  answer(tick: Tick, now: Date): Promise<void>;
}

export interface Ticks {
  /**
   * Compares the clock of this process with the warehouse's. Takes ticks only while they agree. Returns what is
   * wrong with the clock. Throws if the warehouse does not answer.
   */
  compareClocks(): Promise<string | undefined>;
  /** What was wrong with the clock at the last comparison. */
  fault(): string | undefined;
  stop(): Promise<void>;
}

/**
 * Takes the schedule's ticks. BullMQ delivers a tick by the clock of the process that polls. A process with a wrong
 * clock must not poll: it would receive ticks days too early, return them and receive them again at once.
 */
export function openTicks(control: TicksControl): Ticks {
  const { config, log } = control;
  const hasSchedule = config.ETL_SCHEDULE !== null || (config.ETL_LIVE_SCHEDULE ?? null) !== null;
  let worker: Worker | undefined;
  let closing: Promise<void> = Promise.resolve();
  let fault: string | undefined;
  let isStopped = false;

  const close = () => {
    const closed = worker?.close();
    worker = undefined;
    if (closed) closing = Promise.all([closing, closed]).then(() => {});
  };
  const note = (found: string | undefined) => {
    if (found && !fault) log.error({ why: found }, 'clock is wrong, this worker takes no ticks');
    if (!found && fault) log.info('clock is right again, this worker takes ticks');
    fault = found;
    if (fault) close();
    // A worker without a schedule must not take the ticks of one that has one.
    else if (!worker && !isStopped && hasSchedule) worker = begin();
  };

  const begin = () => {
    const begun = new Worker(SCHEDULE_QUEUE, take, {
      connection: control.connection,
      prefix: config.ETL_QUEUE_PREFIX,
      autorun: false,
    });
    begun.on('error', (error) => log.debug({ err: asError(error) }, 'queue error'));
    begun.on('failed', (_job, error) => log.warn({ err: error }, 'tick failed'));
    void begun.run();
    return begun;
  };

  const take = async (job: Job, token?: string) => {
    const due = job.opts.prevMillis ?? 0;
    const found = clockFault(await secondsAhead(control.clock));
    if (found) {
      // `note` closes this worker, and does not wait for this job.
      note(found);
      await job.moveToDelayed(due, token);
      throw new DelayedError();
    }
    const now = await control.clock();
    const early = due - now.getTime();
    if (early > 0) {
      log.info(
        { tick: tickOf(job), due: new Date(due), seconds: early / 1000 },
        'tick is not due yet, put back',
      );
      await job.moveToDelayed(Date.now() + early, token);
      throw new DelayedError();
    }
    await control.answer(tickOf(job), now);
  };

  return {
    compareClocks: async () => {
      note(clockFault(await secondsAhead(control.clock)));
      return fault;
    },
    fault: () => fault,
    stop: async () => {
      isStopped = true;
      close();
      await closing;
    },
  };
}
