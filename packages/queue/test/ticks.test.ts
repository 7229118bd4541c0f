import { scratchName, waitUntil } from '@etl/local-stack';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import {
  applySchedule,
  connectWorker,
  openQueues,
  openTicks,
  type Queues,
  type RedisConnection,
  restoreSchedule,
  type Tick,
  type Ticks,
} from '../src/index.ts';
import { log, putIntoWait } from './support.ts';

const CONFIG = { ETL_SCHEDULE: '0 2 * * *', ETL_STATUS_SCHEDULE: null, ETL_TIMEZONE: 'Asia/Jakarta' };
const HOUR_MS = 3_600_000;

let prefix: string;
let queues: Queues;
let connection: RedisConnection;
let ticks: Ticks;
/** How far the clock of the warehouse is ahead of this process. */
let aheadMs: number;
let answered: { tick: Tick; now: Date }[];
let errors: object[];

beforeEach(async () => {
  prefix = `{${scratchName('etl')}}`;
  aheadMs = 0;
  answered = [];
  errors = [];
  const redis = { REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix };
  queues = openQueues(redis, log);
  await queues.waitUntilConnected();
  connection = connectWorker(redis, log);
});

afterEach(async () => {
  await ticks?.stop();
  connection.disconnect();
  await queues.schedule.obliterate({ force: true });
  await queues.close();
});

const clock = async () => new Date(Date.now() + aheadMs);
const stateOf = (due: number) => queues.schedule.getJobState(`repeat:nightly:${due}`);
const next = async () => (await queues.schedule.getJobScheduler('nightly'))?.next;

async function open(): Promise<void> {
  ticks = openTicks({
    connection,
    config: { ...CONFIG, ETL_QUEUE_PREFIX: prefix },
    log: {
      ...log,
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (fields: object) => errors.push(fields),
    },
    clock,
    answer: async (tick, now) => void answered.push({ tick, now }),
  });
  await ticks.compareClocks();
}

it('a tick that was promoted before it is due is put back, and comes when it is due', async () => {
  await applySchedule(queues.schedule, CONFIG);
  await open();
  const due = await putIntoWait(queues.schedule, 'nightly');
  await waitUntil(
    async () => (await stateOf(due)) === 'delayed' && (await next()) !== due,
    'the tick to be back',
  );
  expect(answered).toEqual([]);
  // The schedule is intact: tonight's tick, and the one after it.
  expect(await restoreSchedule(queues.schedule, CONFIG, clock)).toBe(false);
  const delayed = (await queues.schedule.getDelayed()).map(({ opts }) => opts.prevMillis);
  expect(delayed.toSorted()).toEqual([due, await next()]);
  const [first] = await queues.schedule.getDelayed(0, 0);
  expect((first?.timestamp ?? 0) + (first?.delay ?? 0)).toBeLessThan(due + HOUR_MS);
});

it('a tick is handled with the warehouse’s time, and never before it is due by that time', async () => {
  const everySecond = { ...CONFIG, ETL_SCHEDULE: '* * * * * *' };
  // The clock is as far behind as is tolerated: each tick comes early by that.
  aheadMs = -3000;
  await applySchedule(queues.schedule, everySecond);
  const due = (await next()) as number;
  await open();
  await waitUntil(async () => answered.length > 1, 'ticks');
  expect(answered[0]?.now.getTime()).toBeGreaterThanOrEqual(due);
  expect(errors).toEqual([]);
});

it('a job that Redis calls `look` is the hourly tick', async () => {
  await applySchedule(queues.schedule, { ...CONFIG, ETL_STATUS_SCHEDULE: '* * * * * *' });
  await open();
  await waitUntil(async () => answered.length > 0, 'a tick');
  expect(answered[0]?.tick).toBe('hourly');
});

it.each([36 * HOUR_MS, -36 * HOUR_MS])(
  'a worker whose clock differs by %i ms takes no ticks, logs that once, and takes them when the clock is right again',
  async (difference) => {
    await applySchedule(queues.schedule, CONFIG);
    aheadMs = -difference;
    await open();
    const side = difference > 0 ? 'ahead of' : 'behind';
    expect(ticks.fault()).toMatch(`The clock of this machine is 129600 s ${side} the warehouse's clock`);
    await ticks.compareClocks();
    expect(errors).toHaveLength(1);
    const due = await putIntoWait(queues.schedule, 'nightly');
    expect(await queues.schedule.getWorkersCount()).toBe(0);
    expect(await stateOf(due)).toBe('waiting');

    aheadMs = 0;
    expect(await ticks.compareClocks()).toBeUndefined();
    await waitUntil(async () => (await stateOf(due)) === 'delayed', 'the tick to be taken, and put back');
    expect(answered).toEqual([]);
  },
);

it('a worker whose clock jumps ahead puts its tick back, and takes no more', async () => {
  await applySchedule(queues.schedule, CONFIG);
  await open();
  aheadMs = -36 * HOUR_MS;
  const due = await putIntoWait(queues.schedule, 'nightly');
  await waitUntil(async () => ticks.fault() !== undefined, 'the clocks to be compared');
  await waitUntil(async () => (await queues.schedule.getWorkersCount()) === 0, 'the worker to end');
  expect(await stateOf(due)).toBe('delayed');
  expect(answered).toEqual([]);
});
