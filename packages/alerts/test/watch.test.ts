import { createLogger, loadConfig } from '@etl/core';
import { freePort, openReceiver, type Receiver, scratchName, waitUntil } from '@etl/local-stack';
import { openQueues, type Queues } from '@etl/queue';
import { openWarehouse, type Warehouse } from '@etl/warehouse';
import { afterEach, beforeEach, expect, inject, it, onTestFinished } from 'vitest';
import { startAlerts } from '../src/index.ts';
import { openScratchWarehouse } from './support.ts';

const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');

let warehouse: Warehouse;
let databaseUrl: string;
let closeWarehouse: () => Promise<void>;
let queues: Queues;
let receiver: Receiver;
let prefix: string;
let processes: { stop(): Promise<void> }[];

beforeEach(async () => {
  ({ warehouse, databaseUrl, close: closeWarehouse } = await openScratchWarehouse());
  receiver = await openReceiver();
  prefix = `{${scratchName('alerts')}}`;
  queues = openQueues({ REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix }, log);
  await queues.waitUntilConnected();
  processes = [];
});

afterEach(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await Promise.all([queues.close(), receiver.close(), closeWarehouse()]);
});

/** Starts the alerts of one process. */
function startProcess(ping: () => Promise<void>, results = warehouse): void {
  const watch = startAlerts({
    ...{ warehouse: results, queues, log },
    others: [{ cause: 'moodle', name: "Moodle's database", ping }],
    config: {
      ...loadConfig({}),
      ETL_ALERT_URL: receiver.url,
      ETL_ALERT_SECRET: undefined,
      ETL_QUEUE_PREFIX: prefix,
      // The shortest lease: a silent server times out later than the next round would begin.
      ETL_LEASE_SECONDS: 1,
      ETL_CATCH_UP_DAYS: 7,
    },
  });
  processes.push(watch);
}

/** The messages that were sent, without the one about missing workers: no worker runs here. */
const sent = () =>
  receiver.received
    .map(({ body }) => {
      const { type, data } = JSON.parse(body);
      return `${type} ${data.cause}`;
    })
    .filter((one) => one !== 'alert.opened workers');

it('a server that one process alone cannot reach is alerted once, and its alert ends only when that process reaches it again', async () => {
  let checksOfTheOther = 0;
  const silence = Promise.withResolvers<void>();
  startProcess(() => silence.promise);
  startProcess(async () => void checksOfTheOther++);
  await waitUntil(async () => sent().length > 0, 'an alert');
  const checksBefore = checksOfTheOther;
  await waitUntil(
    async () => checksOfTheOther > checksBefore + 12,
    'the other process to check a dozen times',
  );
  expect(sent()).toEqual(['alert.opened moodle']);
  silence.resolve();
  await waitUntil(async () => sent().length > 1, 'the end of the alert');
  expect(sent()).toEqual(['alert.opened moodle', 'alert.resolved moodle']);
});

it('an alert that many processes see at the same moment is sent once', async () => {
  let checks = 0;
  const refuse = async () => {
    checks += 1;
    throw new Error('refused');
  };
  for (let process = 0; process < 6; process++) {
    // Connections of its own: processes that wait for the lock occupy theirs.
    const own = openWarehouse({ ETL_DATABASE_URL: databaseUrl }, { connections: 4, statementSeconds: 10 });
    onTestFinished(() => own.destroy());
    startProcess(refuse, own);
  }
  await waitUntil(async () => sent().length > 0, 'an alert');
  const checksBefore = checks;
  await waitUntil(async () => checks > checksBefore + 12, 'each process to check twice');
  expect(sent()).toEqual(['alert.opened moodle']);
});

it('an outage of the warehouse itself is alerted once by many processes', async () => {
  let checks = 0;
  const unreachable = openWarehouse(
    { ETL_DATABASE_URL: `mysql://etl@127.0.0.1:${await freePort()}/celoeapi` },
    { connections: 4, statementSeconds: 10 },
  );
  onTestFinished(() => unreachable.destroy());
  for (let process = 0; process < 6; process++) startProcess(async () => void checks++, unreachable);
  await waitUntil(async () => sent().length > 0, 'an alert');
  const checksBefore = checks;
  await waitUntil(async () => checks > checksBefore + 12, 'each process to check twice');
  expect(sent()).toEqual(['alert.opened database']);
});
