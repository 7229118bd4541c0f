import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@etl/core';
import { openReceiver, type Receiver, scratchName } from '@etl/local-stack';
import { openQueues, type Queues } from '@etl/queue';
import type { Warehouse } from '@etl/warehouse';
import { Webhook } from 'standardwebhooks';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  onTestFinished,
} from 'vitest';
import type { AlertStore, Look } from '../src/alert.ts';
import { newestOf, settle } from '../src/settle.ts';
import { processStore } from '../src/stores/process-store.ts';
import { queueStore } from '../src/stores/queue-store.ts';
import { warehouseStore } from '../src/stores/warehouse-store.ts';
import { send } from '../src/webhook.ts';
import { openScratchWarehouse } from './support.ts';

const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');
const SECRET = `whsec_${Buffer.from('a secret of this test, long enough').toString('base64')}`;
const never = new AbortController().signal;
const SECOND = 1000;
const CALM = 10 * SECOND;

const bad: Look = { cause: 'queue', isThere: true, message: 'Redis does not answer' };
const good: Look = { cause: 'queue', isThere: false };

let warehouse: Warehouse;
let closeWarehouse: () => Promise<void>;
let queues: Queues;
let receiver: Receiver;
/** Milliseconds, as the test has them. */
let now: number;

beforeAll(async () => {
  ({ warehouse, close: closeWarehouse } = await openScratchWarehouse());
  queues = openQueues({ REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: '{alerts}' }, log);
  await queues.waitUntilConnected();
});

afterAll(async () => {
  await queues?.close();
  await closeWarehouse?.();
});

beforeEach(async () => {
  receiver = await openReceiver();
  now = Date.parse('2024-01-15T00:00:00Z');
  own = processStore();
});

afterEach(() => receiver.close());

const stores: Record<string, () => AlertStore> = {
  warehouse: () => warehouseStore(warehouse),
  Redis: () => queueStore(queues.redis, `{${scratchName('alerts')}}`),
  process: () => processStore(),
};

/** Of this process alone. */
let own: AlertStore;

/** Settles so many seconds after the beginning of the test; with fewer than two of the shared stores one is away. */
async function settleAt(seconds: number, looks: Look[], shared: AlertStore[], areAll = true): Promise<void> {
  now = Date.parse('2024-01-15T00:00:00Z') + seconds * SECOND;
  const deliver = (alert: Parameters<typeof send>[0]) =>
    send(alert, { url: receiver.url, secret: SECRET, signal: never });
  const known = await newestOf([...shared, own], log);
  await settle({ looks, known, shared, own, areAll, deliver, calmMs: CALM, now, log });
}

const told = () => receiver.received.map(({ body }) => JSON.parse(body).type as string);

describe.each(Object.keys(stores))('kept in the %s, an alert', (name) => {
  let store: AlertStore;

  beforeEach(() => {
    store = (stores[name] as () => AlertStore)();
    if (name === 'process') own = store;
  });

  const at = (seconds: number, ...looks: Look[]) =>
    settleAt(seconds, looks, name === 'process' ? [] : [store]);

  it('is told once, and its end once, to a receiver that can tell who sent it', async () => {
    await at(0, bad);
    await at(5, bad);
    expect(told()).toEqual(['alert.opened']);
    await at(10, good);
    // Another process saw it just before.
    expect(told()).toEqual(['alert.opened']);
    await at(20, good);
    await at(25, good);
    expect(told()).toEqual(['alert.opened', 'alert.resolved']);
    expect(await store.all()).toEqual([]);
    for (const { body, headers } of receiver.received) {
      expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toMatchObject({
        data: { cause: 'queue', message: 'Redis does not answer', opened_at: '2024-01-15T00:00:00.000Z' },
      });
    }
    expect(JSON.parse(receiver.received[1]?.body ?? '')).toMatchObject({
      text: 'User Activity ETL: over: Redis does not answer',
      data: { resolved_at: '2024-01-15T00:00:20.000Z' },
    });
  });

  it('waits for a receiver that is away, and is then told in its order', async () => {
    receiver.answer(503);
    await at(0, bad);
    // Not at once again.
    receiver.answer(200);
    await at(1, bad);
    expect(told()).toEqual([]);
    receiver.answer(503);
    await at(5, bad);
    await at(16, good);
    await at(20, good);
    receiver.answer(200);
    await at(60, good);
    await at(61);
    expect(told()).toEqual(['alert.opened', 'alert.resolved']);
    await at(62);
    expect(told()).toHaveLength(2);
  });

  it('has not ended where its cause comes back before its end was told', async () => {
    await at(0, bad);
    receiver.answer(503);
    await at(20, good);
    await at(21, bad);
    receiver.answer(200);
    await at(60, bad);
    expect(told()).toEqual(['alert.opened']);
    await at(80, good);
    expect(told()).toEqual(['alert.opened', 'alert.resolved']);
  });
});

describe('kept in the warehouse and in Redis, an alert', () => {
  it.each(['warehouse', 'Redis'])('is told once though the %s goes away and comes back', async (name) => {
    const both = ['warehouse', 'Redis'].map((one) => (stores[one] as () => AlertStore)());
    const other = both.filter((_, index) => ['warehouse', 'Redis'][index] !== name);
    await settleAt(0, [bad], both);
    await settleAt(5, [bad], other, false);
    await settleAt(10, [bad], both);
    expect(told()).toEqual(['alert.opened']);
    // It is over while the one is away, which still has it when it is back.
    await settleAt(30, [good], other, false);
    expect(told()).toEqual(['alert.opened', 'alert.resolved']);
    await settleAt(60, [good], both);
    await settleAt(90, [good], both);
    expect(told()).toHaveLength(2);
    for (const store of both) expect(await store.all()).toEqual([]);
  });

  it('is another one where its cause comes back when its end has been told', async () => {
    const both = ['warehouse', 'Redis'].map((one) => (stores[one] as () => AlertStore)());
    const other = both.slice(1);
    await settleAt(0, [bad], both);
    await settleAt(30, [good], other, false);
    await settleAt(40, [bad], other, false);
    await settleAt(50, [bad], both);
    expect(told()).toEqual(['alert.opened', 'alert.resolved', 'alert.opened']);
    await settleAt(70, [good], both);
    expect(told()).toHaveLength(4);
  });

  it('that this process alone has told is looked after by all of them as soon as they can', async () => {
    const shared = (stores.warehouse as () => AlertStore)();
    await settleAt(0, [bad], []);
    expect(await own.all()).toHaveLength(1);
    await settleAt(5, [bad], [shared]);
    expect(await own.all()).toEqual([]);
    await settleAt(30, [good], [shared]);
    expect(told()).toEqual(['alert.opened', 'alert.resolved']);
    expect(await shared.all()).toEqual([]);
  });

  it('is told once where neither takes it', async () => {
    const both = ['warehouse', 'Redis'].map((one) => (stores[one] as () => AlertStore)());
    const { warehouse: other, close } = await openScratchWarehouse();
    onTestFinished(close);
    await other.schema.dropTable('etl_alerts').execute();
    const broken = [warehouseStore(other)];
    await settleAt(0, [bad], broken);
    await settleAt(5, [bad], broken);
    expect(told()).toEqual(['alert.opened']);
    await settleAt(10, [bad], [...broken, ...both]);
    await settleAt(30, [good], [...broken, ...both]);
    expect(told()).toEqual(['alert.opened', 'alert.resolved']);
    // One that takes nothing may have it still.
    expect(await both[0]?.all()).toMatchObject([{ told: 'resolved' }]);
    await settleAt(40, [good], both);
    expect(await both[0]?.all()).toEqual([]);
  });
});

it('a process that stops does not wait for a receiver that is silent', async () => {
  const stopping = new AbortController();
  const silent = createServer(() => stopping.abort(new Error('the process stops')));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const alert = { id: 'one', cause: 'queue', message: 'Redis does not answer', openedAt: now };
  const sent = send(
    { ...alert, seenAt: now, changedAt: now, resolvedAt: null, told: 'nothing', tries: 0, nextTryAt: now },
    { url: `http://127.0.0.1:${port}`, secret: undefined, signal: stopping.signal },
  );
  await expect(sent).rejects.toThrow('the process stops');
});

it('without a secret nothing is signed, and a repetition has the same id', async () => {
  const store = processStore();
  const ids: string[] = [];
  await settle({
    looks: [bad],
    known: await newestOf([store], log),
    shared: [store],
    own,
    areAll: true,
    deliver: async (alert) => {
      await send(alert, { url: receiver.url, secret: undefined, signal: never });
      throw new Error('the answer was lost');
    },
    calmMs: CALM,
    now,
    log,
  });
  await settle({
    looks: [],
    known: await newestOf([store], log),
    shared: [store],
    own,
    areAll: true,
    deliver: (alert) => send(alert, { url: receiver.url, secret: undefined, signal: never }),
    calmMs: CALM,
    now: now + 60 * SECOND,
    log,
  });
  for (const { headers } of receiver.received) {
    ids.push(String(headers['webhook-id']));
    expect(headers['webhook-signature']).toBeUndefined();
  }
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

it('goes to the receiver that was named, and to no other that one may point to', async () => {
  const pointing = createServer((_, response) => {
    response.writeHead(307, { location: receiver.url }).end();
  });
  await once(pointing.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void pointing.close());
  const { port } = pointing.address() as AddressInfo;
  const alert = { id: 'one', cause: 'queue', message: 'Redis does not answer', openedAt: now };
  const sent = send(
    { ...alert, seenAt: now, changedAt: now, resolvedAt: null, told: 'nothing', tries: 0, nextTryAt: now },
    { url: `http://127.0.0.1:${port}`, secret: undefined, signal: never },
  );
  await expect(sent).rejects.toThrow('fetch failed');
  expect(receiver.received).toEqual([]);
});
