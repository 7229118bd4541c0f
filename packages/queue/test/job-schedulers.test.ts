import { scratchName, waitUntil } from '@etl/local-stack';
import { UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { applySchedule, connectWorker, openQueues, type Queues, restoreSchedule } from '../src/index.ts';
import { log, putIntoWait } from './support.ts';

const CONFIG = { ETL_SCHEDULE: '0 2 * * *', ETL_STATUS_SCHEDULE: '0 * * * *', ETL_TIMEZONE: 'Asia/Jakarta' };

let queues: Queues;
let prefix: string;

const open = async () => {
  const opened = openQueues({ REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix }, log);
  await opened.waitUntilConnected();
  return opened;
};
const schedulers = async () =>
  (await queues.schedule.getJobSchedulers())
    .map(({ key, pattern, tz, next }) => ({ key, pattern, tz, next }))
    .toSorted((a, b) => a.key.localeCompare(b.key));
const clock = async () => new Date();
const ticks = () => queues.schedule.getDelayed();

beforeEach(async () => {
  prefix = `{${scratchName('etl')}}`;
  queues = await open();
});

afterEach(async () => {
  await queues.schedule.obliterate({ force: true });
  await queues.close();
});

it('the schedule is written once, however many workers start at the same moment', async () => {
  const booting = await Promise.all(Array.from({ length: 10 }, open));
  await Promise.all(booting.map(({ schedule }) => applySchedule(schedule, CONFIG)));
  await Promise.all(booting.map((opened) => opened.close()));
  expect(await schedulers()).toMatchObject([
    { key: 'look', pattern: '0 * * * *', tz: 'Asia/Jakarta' },
    { key: 'nightly', pattern: '0 2 * * *', tz: 'Asia/Jakarta' },
  ]);
  expect((await ticks()).map(({ name }) => name).toSorted()).toEqual(['look', 'nightly']);
  const nightly = (await schedulers())[1]?.next ?? 0;
  expect(new Date(nightly).toISOString()).toMatch(/T19:00:00.000Z$/);
});

it('a schedule that is right is not touched, and an overdue tick stays', async () => {
  const everySecond = { ...CONFIG, ETL_SCHEDULE: '* * * * * *' };
  await applySchedule(queues.schedule, everySecond);
  const before = (await ticks()).map(({ id }) => id).toSorted();
  const due = (await schedulers())[1]?.next ?? 0;
  await waitUntil(async () => Date.now() > due + 1000, 'the tick to be overdue');
  await applySchedule(queues.schedule, everySecond);
  expect(await restoreSchedule(queues.schedule, everySecond, clock)).toBe(false);
  expect((await ticks()).map(({ id }) => id).toSorted()).toEqual(before);
});

it('the schedule changes and ends with its setting', async () => {
  await applySchedule(queues.schedule, CONFIG);
  await applySchedule(queues.schedule, { ...CONFIG, ETL_SCHEDULE: '30 4 * * *', ETL_TIMEZONE: 'UTC' });
  expect(await schedulers()).toMatchObject([
    { key: 'look', pattern: '0 * * * *', tz: 'UTC' },
    { key: 'nightly', pattern: '30 4 * * *', tz: 'UTC' },
  ]);
  expect(await ticks()).toHaveLength(2);
  await applySchedule(queues.schedule, { ...CONFIG, ETL_STATUS_SCHEDULE: null });
  expect(await schedulers()).toMatchObject([{ key: 'nightly' }]);
  await applySchedule(queues.schedule, { ...CONFIG, ETL_SCHEDULE: null });
  expect(await schedulers()).toEqual([]);
  expect(await ticks()).toEqual([]);
});

it('a schedule is restored if the queue has lost it, or only its next tick', async () => {
  await applySchedule(queues.schedule, CONFIG);
  const whole = await schedulers();
  await queues.schedule.obliterate({ force: true });
  expect(await schedulers()).toEqual([]);
  expect(await restoreSchedule(queues.schedule, CONFIG, clock)).toBe(true);
  expect(await schedulers()).toEqual(whole);

  const connection = new Redis(inject('redisUrl'));
  for (const { id } of await ticks()) {
    await connection.del(queues.schedule.toKey(id as string));
    await connection.zrem(queues.schedule.toKey('delayed'), id as string);
  }
  connection.disconnect();
  expect(await ticks()).toEqual([]);
  expect(await restoreSchedule(queues.schedule, CONFIG, clock)).toBe(true);
  expect(await ticks()).toHaveLength(2);
  expect(await restoreSchedule(queues.schedule, CONFIG, clock)).toBe(false);
});

it('a schedule of another configuration is left alone while nothing is lost', async () => {
  await applySchedule(queues.schedule, CONFIG);
  expect(await restoreSchedule(queues.schedule, { ...CONFIG, ETL_SCHEDULE: '0 5 * * *' }, clock)).toBe(false);
  expect((await schedulers())[1]).toMatchObject({ pattern: '0 2 * * *' });
});

/**
 * Takes jobs of the schedule until one of them has ended in that state. Returns how many attempts each job had
 * behind it.
 */
async function takeUntil(state: 'completed' | 'failed'): Promise<number[]> {
  const attemptsMade: number[] = [];
  const connection = connectWorker({ REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix }, log);
  const worker = new Worker(
    'schedule',
    async (job) => {
      attemptsMade.push(job.attemptsMade);
      if (state === 'failed') throw new UnrecoverableError('the warehouse is unreachable');
    },
    { connection, prefix },
  );
  await waitUntil(async () => (await queues.schedule.getJobCountByTypes(state)) > 0, `a tick to be ${state}`);
  await worker.close();
  connection.disconnect();
  return attemptsMade;
}

it.each(['completed', 'failed'] as const)(
  'the schedule is written again if a worker with a wrong clock took the next tick early: %s',
  async (state) => {
    await applySchedule(queues.schedule, CONFIG);
    const whole = await schedulers();
    // A worker whose clock is days ahead does this: it takes the tick, and the queue waits for the one after.
    const due = await putIntoWait(queues.schedule, 'nightly');
    expect(await takeUntil(state)).toEqual([0]);
    expect((await schedulers())[1]?.next).toBeGreaterThan(due);

    expect(await restoreSchedule(queues.schedule, CONFIG, clock)).toBe(true);
    expect(await schedulers()).toEqual(whole);
    expect((await ticks()).map(({ name }) => name).toSorted()).toEqual(['look', 'nightly']);
    expect(await restoreSchedule(queues.schedule, CONFIG, clock)).toBe(false);

    // Nothing is left of the tick that was taken early: the new one is only delayed, and has all its attempts.
    expect(await queues.schedule.getJobState(`repeat:nightly:${due}`)).toBe('delayed');
    expect(await queues.schedule.getJobCountByTypes(state)).toBe(0);
    expect(await putIntoWait(queues.schedule, 'nightly')).toBe(due);
    expect(await takeUntil('completed')).toEqual([0]);
  },
);

it('the schedule is written again if the next tick was taken early and the schedule was lost since', async () => {
  await applySchedule(queues.schedule, CONFIG);
  const whole = await schedulers();
  await putIntoWait(queues.schedule, 'nightly');
  await takeUntil('completed');
  await queues.schedule.removeJobScheduler('nightly');
  expect(await restoreSchedule(queues.schedule, CONFIG, clock)).toBe(true);
  expect(await schedulers()).toEqual(whole);

  await putIntoWait(queues.schedule, 'nightly');
  await takeUntil('completed');
  await queues.schedule.removeJobScheduler('nightly');
  await applySchedule(queues.schedule, CONFIG);
  expect(await schedulers()).toEqual(whole);
});

it('the schedule is written again if the next tick was taken early and the queue deleted its job since', async () => {
  await applySchedule(queues.schedule, CONFIG);
  const whole = await schedulers();
  await putIntoWait(queues.schedule, 'nightly');
  await takeUntil('completed');
  await queues.schedule.clean(0, 0, 'completed');
  expect(await queues.schedule.getJobCountByTypes('completed')).toBe(0);

  expect(await restoreSchedule(queues.schedule, CONFIG, clock)).toBe(true);
  expect(await schedulers()).toEqual(whole);
});
