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

/** Goes round as a process does that has just been started. */
function startProcess(ping: () => Promise<void>, results = warehouse): void {
  const watch = startAlerts({
    ...{ warehouse: results, queues, log },
    others: [{ cause: 'moodle', name: "Moodle's database", ping }],
    config: {
      ...loadConfig({}),
      ETL_ALERT_URL: receiver.url,
      ETL_ALERT_SECRET: undefined,
      ETL_QUEUE_PREFIX: prefix,
      // The shortest there is: a silent server takes longer to be missed than there is between two looks.
      ETL_LEASE_SECONDS: 1,
      ETL_CATCH_UP_DAYS: 7,
    },
  });
  processes.push(watch);
}

/** What was told, less that there are no workers: here there are none. */
const told = () =>
  receiver.received
    .map(({ body }) => {
      const { type, data } = JSON.parse(body);
      return `${type} ${data.cause}`;
    })
    .filter((one) => one !== 'alert.opened workers');

it('what one process alone misses is told once, and is over only when that one has it again', async () => {
  let looksOfTheOther = 0;
  const silence = Promise.withResolvers<void>();
  startProcess(() => silence.promise);
  startProcess(async () => void looksOfTheOther++);
  await waitUntil(async () => told().length > 0, 'an alert');
  const looksBefore = looksOfTheOther;
  await waitUntil(async () => looksOfTheOther > looksBefore + 12, 'the other process to look a dozen times');
  expect(told()).toEqual(['alert.opened moodle']);
  silence.resolve();
  await waitUntil(async () => told().length > 1, 'the end of the alert');
  expect(told()).toEqual(['alert.opened moodle', 'alert.resolved moodle']);
});

it('what many processes see at the same moment is told once', async () => {
  let looks = 0;
  const refuse = async () => {
    looks += 1;
    throw new Error('refused');
  };
  for (let process = 0; process < 6; process++) {
    // Connections of its own: the others' are held by those who wait for their turn.
    const own = openWarehouse({ ETL_DATABASE_URL: databaseUrl }, { connections: 4, statementSeconds: 10 });
    onTestFinished(() => own.destroy());
    startProcess(refuse, own);
  }
  await waitUntil(async () => told().length > 0, 'an alert');
  const looksBefore = looks;
  await waitUntil(async () => looks > looksBefore + 12, 'each process to look twice');
  expect(told()).toEqual(['alert.opened moodle']);
});

it('so is it while the database of the results is what they miss', async () => {
  let looks = 0;
  const away = openWarehouse(
    { ETL_DATABASE_URL: `mysql://etl@127.0.0.1:${await freePort()}/celoeapi` },
    { connections: 4, statementSeconds: 10 },
  );
  onTestFinished(() => away.destroy());
  for (let process = 0; process < 6; process++) startProcess(async () => void looks++, away);
  await waitUntil(async () => told().length > 0, 'an alert');
  const looksBefore = looks;
  await waitUntil(async () => looks > looksBefore + 12, 'each process to look twice');
  expect(told()).toEqual(['alert.opened database']);
});
