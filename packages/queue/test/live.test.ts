import { today } from '@etl/core';
import { waitUntil } from '@etl/local-stack';
import { deleteOldLiveRuns } from '@etl/warehouse';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import {
  type CalendarControl,
  cancelRun,
  type LiveControl,
  reconcileDates,
  startLiveRun,
  startReconciler,
  startRun,
} from '../src/index.ts';
import { type Harness, held, openHarness } from './support.ts';

const DATE = '2024-01-15';
const NOON = new Date('2024-01-15T12:00:00Z');
const NIGHT = new Date('2024-01-16T02:00:00Z');

let harness: Harness;
let control: LiveControl;
let load: object | undefined;

beforeEach(() => open());

async function open(options: Parameters<typeof openHarness>[1] = {}): Promise<void> {
  harness = await openHarness({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') }, options);
  // As the pipeline does: a day that is not over has provisional figures.
  const counted = async (day: { end: number }) => ({
    numrow: 1,
    findings: { provisional: harness.control.now().getTime() < day.end * 1000, time_zone: 'UTC' },
    load: async () => {},
  });
  harness.work.activity_counts = ({ day }) => counted(day);
  harness.work.main_etl = ({ day }) => counted(day);
  harness.control.now = () => NOON;
  load = undefined;
  control = { ...harness.control, sourceLoad: async () => load };
}

afterEach(() => harness?.close());

/** Starts a live run if it is not skipped. Returns its id. */
async function tick(now = NOON): Promise<string | undefined> {
  const before = await runs();
  await startLiveRun(control, now);
  const after = await runs();
  return after.find(({ run_id }) => !before.some((run) => run.run_id === run_id))?.run_id;
}

async function finishedTick(): Promise<string> {
  const runId = (await tick()) as string;
  await harness.ended(runId);
  return runId;
}

const runs = () =>
  harness.warehouse
    .selectFrom('log_scheduler')
    .select(['run_id', 'trigger_type', 'extraction_date'])
    .groupBy(['run_id', 'trigger_type', 'extraction_date'])
    .orderBy((of) => of.fn.min('id'))
    .execute();

const rowsOfLive = async () =>
  (
    await harness.warehouse
      .selectFrom('log_scheduler')
      .select(['run_id', 'batch_name'])
      .where('trigger_type', '=', 'live')
      .orderBy('id')
      .execute()
  ).map(({ run_id, batch_name }) => `${run_id} ${batch_name}`);

const allOf = (runId: string) =>
  ['activity_counts', 'user_counts', 'main_etl'].map((batch) => `${runId} ${batch}`);

it('a live tick runs the pipeline of today, with provisional figures', async () => {
  harness.control.now = () => new Date();
  const { now: _, ...others } = harness.control;
  const reconciler = startReconciler({
    ...others,
    connection: harness.connection,
    config: {
      ...others.config,
      ETL_QUEUE_PREFIX: harness.queues.schedule.opts.prefix ?? '',
      ETL_SCHEDULE: null,
      ETL_STATUS_SCHEDULE: null,
      ETL_LIVE_SCHEDULE: '* * * * * *',
      ETL_CATCH_UP_DAYS: 7,
    },
    clock: async () => new Date(),
    countLogRows: async () => 0,
    sourceLoad: async () => undefined,
  });
  const completed = () =>
    harness.warehouse
      .selectFrom('log_scheduler')
      .select(['run_id', 'extraction_date', 'requested_by', 'details', 'trigger_type'])
      .where('batch_name', '=', 'main_etl')
      .where('status', '=', 1)
      .execute();
  await waitUntil(async () => (await completed()).length > 0, 'a live run');
  await reconciler.stop();
  const [row] = await completed();
  const now = new Date();
  expect([today('UTC', now), today('UTC', new Date(now.getTime() - 60_000))]).toContain(row?.extraction_date);
  expect(row).toMatchObject({ trigger_type: 'live', requested_by: 'schedule' });
  expect(JSON.parse(row?.details ?? '')).toMatchObject({ provisional: true });
});

it('a live run has the lowest priority of all runs', async () => {
  await harness.close();
  await open({ startWorkers: false });
  const live = (await tick()) as string;
  const backfill = await startRun(harness.control, {
    kind: 'pipeline',
    date: '2024-01-14',
    trigger: 'backfill',
    requestedBy: 'test',
  });
  harness.startWorkers();
  await harness.ended(live);
  const [first] = (
    await harness.warehouse
      .selectFrom('log_scheduler')
      .select(['run_id'])
      .where('batch_name', '=', 'user_counts')
      .orderBy('started_at')
      .execute()
  ).map(({ run_id }) => run_id);
  expect(first).toBe(backfill.runId);
});

it('a live tick is skipped while a run of the date is active, and while the source is under load', async () => {
  const batch = held();
  harness.work.user_counts = batch.handler;
  const { runId } = await harness.start('user_counts', DATE);
  expect(await tick()).toBeUndefined();
  batch.release();
  await harness.ended(runId);
  load = { threadsRunning: 26 };
  expect(await tick()).toBeUndefined();
  load = undefined;
  expect(await tick()).toBeDefined();
});

it('a live run is not cancelled for another run of its date', async () => {
  const batch = held();
  harness.work.user_counts = batch.handler;
  const live = (await tick()) as string;
  await expect(harness.start('pipeline', DATE)).rejects.toMatchObject({
    code: 'ETL_ALREADY_RUNNING',
    details: { run_id: live },
  });
  batch.release();
  expect((await harness.ended(live))?.status).toBe('completed');
});

it('of the live runs only the newest one is kept, and what the figures are made of', async () => {
  await finishedTick();
  const second = await finishedTick();
  await deleteOldLiveRuns(harness.warehouse);
  expect(await rowsOfLive()).toEqual(allOf(second));
  harness.work.main_etl = async () => {
    throw new Error('disk full');
  };
  await finishedTick();
  const failed = await finishedTick();
  // The figures are those of the second run: its rows stay. The enrolment counts are newer.
  await deleteOldLiveRuns(harness.warehouse);
  expect(await rowsOfLive()).toEqual([`${second} main_etl`, ...allOf(failed)]);
});

it('each live tick deletes the rows of the live runs before the last one', async () => {
  await finishedTick();
  const second = await finishedTick();
  const third = await finishedTick();
  // When the third one began, the figures were those of the second.
  expect(await rowsOfLive()).toEqual([...allOf(second), ...allOf(third)]);
});

it('the rows of a live run that is queued or in progress are kept', async () => {
  const batch = held();
  harness.work.user_counts = batch.handler;
  const active = (await tick()) as string;
  const other = (await tick(new Date('2024-01-16T00:15:00Z'))) as string;
  await deleteOldLiveRuns(harness.warehouse);
  expect(await rowsOfLive()).toEqual([...allOf(active), ...allOf(other)]);
  batch.release();
  await Promise.all([harness.ended(active), harness.ended(other)]);
});

it.each(['completed', 'failed', 'cancelled'])(
  'the night runs the date after a live run that is %s, and makes its figures final',
  async (how) => {
    if (how === 'failed') {
      harness.work.main_etl = async () => {
        throw new Error('disk full');
      };
    }
    const batch = held();
    if (how === 'cancelled') harness.work.user_counts = batch.handler;
    const live = (await tick()) as string;
    if (how === 'cancelled') await cancelRun(harness.control, { runId: live, requestedBy: 'a person' });
    await harness.ended(live);
    batch.release();

    harness.work.user_counts = async () => ({ numrow: 1, findings: {}, load: async () => {} });
    harness.work.main_etl = async () => ({
      numrow: 1,
      findings: { provisional: false, time_zone: 'UTC', log_rows: 1 },
      load: async () => {},
    });
    harness.control.now = () => NIGHT;
    const calendar: CalendarControl = {
      ...harness.control,
      config: { ...harness.control.config, ETL_SCHEDULE: '0 2 * * *', ETL_CATCH_UP_DAYS: 7 },
      countLogRows: async () => 1,
    };
    await reconcileDates(calendar, 'nightly', NIGHT);
    const night = (await runs()).find(({ trigger_type }) => trigger_type === 'schedule');
    expect(night?.extraction_date).toBe(DATE);
    expect((await harness.ended(night?.run_id as string))?.status).toBe('completed');
    // Nothing is left to do.
    await reconcileDates(calendar, 'hourly', NIGHT);
    expect(await runs()).toHaveLength(2);
  },
);

it('a live run does not make an installation older than it is', async () => {
  await finishedTick();
  harness.control.now = () => NOON;
  const calendar: CalendarControl = {
    ...harness.control,
    config: { ...harness.control.config, ETL_SCHEDULE: '0 2 * * *', ETL_CATCH_UP_DAYS: 7 },
    countLogRows: async () => 1,
  };
  // The nightly tick of the first night has failed: the hourly one makes up for it.
  await reconcileDates(calendar, 'hourly', NOON);
  expect(
    (await runs()).map(({ trigger_type, extraction_date }) => `${trigger_type} ${extraction_date}`),
  ).toEqual(['live 2024-01-15', 'schedule 2024-01-14']);
});
