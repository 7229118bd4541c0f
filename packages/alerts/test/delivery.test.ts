import { createLogger } from '@etl/core';
import { freePort, openReceiver, type Receiver, scratchName } from '@etl/local-stack';
import { openQueues, type Queues } from '@etl/queue';
import type { Warehouse } from '@etl/warehouse';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Check } from '../src/alert.ts';
import { outageSender } from '../src/outage-sender.ts';
import { settle } from '../src/settle.ts';
import { openAlertStore } from '../src/store.ts';
import { send } from '../src/webhook.ts';
import { openScratchWarehouse } from './support.ts';

const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');
const SECRET = `whsec_${Buffer.from('a secret of this test, long enough').toString('base64')}`;
const START = Date.parse('2024-01-15T00:00:00Z');
const CLEAR_AFTER_SECONDS = 10;

const firing: Check = { cause: 'queue', isFiring: true, message: 'Redis does not answer' };
const clear: Check = { cause: 'queue', isFiring: false };

let warehouse: Warehouse;
let closeWarehouse: () => Promise<void>;
let queues: Queues;
let prefix: string;
let receiver: Receiver;

beforeEach(async () => {
  ({ warehouse, close: closeWarehouse } = await openScratchWarehouse());
  prefix = `{${scratchName('alerts')}}`;
  queues = openQueues({ REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix }, log);
  await queues.waitUntilConnected();
  receiver = await openReceiver();
});

afterEach(async () => {
  await Promise.all([queues.close(), receiver.close(), closeWarehouse()]);
});

/** A process that settles alerts: with the warehouse, or during an outage of it. Times are seconds of the test. */
function startProcess(redis = queues.redis) {
  const isSender = outageSender(redis, { ETL_QUEUE_PREFIX: prefix, ETL_LEASE_SECONDS: 12 });
  const store = openAlertStore(warehouse, isSender, log);
  const round = async (isReachable: boolean, seconds: number, checks: readonly Check[]) => {
    const loaded = await store.load(isReachable);
    if (!loaded) return;
    await settle({
      known: loaded.known,
      checks,
      store,
      deliver: (alert) =>
        send(alert, { url: receiver.url, secret: SECRET, signal: new AbortController().signal }),
      clearAfterMs: CLEAR_AFTER_SECONDS * 1000,
      now: START + seconds * 1000,
      log,
    });
  };
  return {
    at: (seconds: number, ...checks: Check[]) => round(true, seconds, checks),
    duringOutage: (seconds: number, ...checks: Check[]) => round(false, seconds, checks),
  };
}

const sent = () => receiver.received.map(({ body }) => JSON.parse(body).type as string);
const stored = async () =>
  (await warehouse.selectFrom('etl_alerts').select('state').execute()).map(({ state }) => JSON.parse(state));

describe.each(['at', 'duringOutage'] as const)(
  'while alerts are kept in the warehouse or in memory (%s)',
  (mode) => {
    it('an alert and its end are sent once each, signed', async () => {
      const { [mode]: at } = startProcess();
      await at(0, firing);
      await at(5, firing);
      expect(sent()).toEqual(['alert.opened']);
      await at(10, clear);
      // Another process could still find it firing.
      expect(sent()).toEqual(['alert.opened']);
      await at(20, clear);
      await at(25, clear);
      expect(sent()).toEqual(['alert.opened', 'alert.resolved']);
      for (const { body, headers } of receiver.received) {
        expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toMatchObject({
          data: { cause: 'queue', message: 'Redis does not answer', opened_at: '2024-01-15T00:00:00.000Z' },
        });
      }
      expect(JSON.parse(receiver.received[1]?.body ?? '')).toMatchObject({
        text: 'User Activity ETL: resolved: Redis does not answer',
        data: { resolved_at: '2024-01-15T00:00:20.000Z' },
      });
      expect(await stored()).toEqual([]);
    });

    it('messages wait for an unreachable receiver and arrive in their order', async () => {
      const { [mode]: at } = startProcess();
      receiver.answer(503);
      await at(0, firing);
      // The next attempt is due after five seconds.
      receiver.answer(200);
      await at(1, firing);
      expect(sent()).toEqual([]);
      receiver.answer(503);
      await at(5, firing);
      await at(16, clear);
      await at(20, clear);
      receiver.answer(200);
      await at(60, clear);
      await at(61);
      expect(sent()).toEqual(['alert.opened', 'alert.resolved']);
      await at(62);
      expect(sent()).toHaveLength(2);
    });

    it('an alert whose cause fires again before its end was delivered has not ended', async () => {
      const { [mode]: at } = startProcess();
      await at(0, firing);
      receiver.answer(503);
      await at(20, clear);
      await at(21, firing);
      receiver.answer(200);
      await at(60, firing);
      expect(sent()).toEqual(['alert.opened']);
      await at(80, clear);
      expect(sent()).toEqual(['alert.opened', 'alert.resolved']);
    });

    it('a cause that fires again after its end was delivered is a new alert', async () => {
      const { [mode]: at } = startProcess();
      await at(0, firing);
      await at(30, clear);
      await at(40, firing);
      expect(sent()).toEqual(['alert.opened', 'alert.resolved', 'alert.opened']);
      expect(receiver.received[2]?.headers['webhook-id']).not.toBe(
        receiver.received[0]?.headers['webhook-id'],
      );
    });
  },
);

describe('outage of the warehouse', () => {
  it('an outage of the warehouse does not repeat an alert that was sent before', async () => {
    const process = startProcess();
    await process.at(0, firing);
    await process.duringOutage(5, firing);
    await process.at(10, firing);
    expect(sent()).toEqual(['alert.opened']);
  });

  it('an outage of the warehouse does not delay the resolved message, and no process repeats it afterwards', async () => {
    const process = startProcess();
    await process.at(0, firing);
    await process.duringOutage(30, clear);
    expect(sent()).toEqual(['alert.opened', 'alert.resolved']);
    expect(await stored()).toMatchObject([{ told: 'opened' }]);
    await process.at(60, clear);
    expect(sent()).toHaveLength(2);
    expect(await stored()).toEqual([]);
  });

  it('an outage of the warehouse lets one of several processes send alerts', async () => {
    const processes = [startProcess(), startProcess(), startProcess()];
    for (const seconds of [0, 5, 10]) {
      for (const { duringOutage } of processes) await duringOutage(seconds, firing);
    }
    expect(sent()).toEqual(['alert.opened']);
  });

  it('an outage of the warehouse lets every process send alerts if Redis does not answer either', async () => {
    const unreachable = openQueues(
      { REDIS_URL: `redis://127.0.0.1:${await freePort()}`, ETL_QUEUE_PREFIX: prefix },
      log,
    );
    onTestFinished(() => unreachable.close());
    const processes = [startProcess(unreachable.redis), startProcess(unreachable.redis)];
    for (const seconds of [0, 5]) {
      for (const { duringOutage } of processes) await duringOutage(seconds, firing);
    }
    expect(sent()).toEqual(['alert.opened', 'alert.opened']);
  });

  it('alerts of an outage are stored when the warehouse is back, and any process resolves them', async () => {
    const [sender, other] = [startProcess(), startProcess()];
    await sender.duringOutage(0, firing);
    expect(await stored()).toEqual([]);
    await sender.at(5);
    expect(await stored()).toMatchObject([{ cause: 'queue', told: 'opened' }]);
    await other.at(20, clear);
    expect(sent()).toEqual(['alert.opened', 'alert.resolved']);
    await sender.at(30, clear);
    expect(sent()).toHaveLength(2);
  });

  it('an outage of the warehouse is followed by two rounds in which the other processes wait for the one that sent alerts', async () => {
    const [sender, other] = [startProcess(), startProcess()];
    await sender.duringOutage(0, firing);
    await other.duringOutage(0, firing);
    await other.at(5, firing);
    await sender.at(6, firing);
    await other.at(10, firing);
    await other.at(15, firing);
    expect(sent()).toEqual(['alert.opened']);
    await other.at(30, clear);
    expect(sent()).toEqual(['alert.opened', 'alert.resolved']);
  });
});

describe('warehouse without writes', () => {
  it.each([
    ['its table is missing', sql`RENAME TABLE etl_alerts TO elsewhere`],
    [
      'it refuses writes',
      sql`CREATE TRIGGER refused BEFORE INSERT ON etl_alerts FOR EACH ROW SIGNAL SQLSTATE '45000'`,
    ],
  ])(
    'a warehouse that answers but takes no alerts lets one process send each alert once: %s',
    async (_, breakage) => {
      await breakage.execute(warehouse);
      const processes = [startProcess(), startProcess()];
      for (const seconds of [0, 5, 10]) for (const { at } of processes) await at(seconds, firing);
      expect(sent()).toEqual(['alert.opened']);
      for (const seconds of [30, 35]) for (const { at } of processes) await at(seconds, clear);
      expect(sent()).toEqual(['alert.opened', 'alert.resolved']);
    },
  );

  it('a warehouse that answers but takes no alerts does not make a process deliver a stored alert again and again', async () => {
    const [first, second] = [startProcess(), startProcess()];
    receiver.answer(503);
    await first.at(0, firing);
    await sql`CREATE TRIGGER refused BEFORE INSERT ON etl_alerts FOR EACH ROW SIGNAL SQLSTATE '45000'`.execute(
      warehouse,
    );
    receiver.answer(200);
    for (const seconds of [60, 61, 62]) {
      await first.at(seconds);
      await second.at(seconds);
    }
    expect(sent()).toEqual(['alert.opened']);
  });
});

it('an alert that a former version stored is ended, and not opened again', async () => {
  const alert = {
    id: 'one',
    cause: 'queue',
    message: 'Redis does not answer',
    openedAt: START,
    seenAt: START,
  };
  const state = { ...alert, changedAt: START, resolvedAt: null, told: 'opened', tries: 0, nextTryAt: START };
  await warehouse
    .insertInto('etl_alerts')
    .values({ cause: 'queue', state: JSON.stringify(state) })
    .execute();
  const { at } = startProcess();
  await at(5, firing);
  expect(sent()).toEqual([]);
  await at(20, clear);
  expect(sent()).toEqual(['alert.resolved']);
});
