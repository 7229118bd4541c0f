import { createLogger } from '@etl/core';
import { openReceiver, scratchName, waitUntil } from '@etl/local-stack';
import { openQueues } from '@etl/queue';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startAlerts } from '../src/index.ts';
import { openScratchWarehouse } from './support.ts';

const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');

it('what one process alone misses is told once, and is over only when that one has it again', async () => {
  const { warehouse, close } = await openScratchWarehouse();
  const receiver = await openReceiver();
  const prefix = `{${scratchName('alerts')}}`;
  const queues = openQueues({ REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix }, log);
  await queues.waitUntilConnected();
  const config = {
    ETL_ALERT_URL: receiver.url,
    ETL_ALERT_SECRET: undefined,
    ETL_QUEUE_PREFIX: prefix,
    // The shortest there is: a silent server takes longer to be missed than there is between two looks.
    ETL_LEASE_SECONDS: 1,
    ETL_TIMEZONE: 'UTC',
    ETL_CATCH_UP_DAYS: 7,
  };
  const process = (ping: () => Promise<void>) =>
    startAlerts({
      ...{ warehouse, queues, config, log, now: () => new Date() },
      others: [{ cause: 'moodle', name: "Moodle's database", ping }],
    });
  let looksOfTheOther = 0;
  const silence = Promise.withResolvers<void>();
  const cutOff = process(() => silence.promise);
  const other = process(async () => void looksOfTheOther++);
  onTestFinished(async () => {
    await Promise.all([cutOff.stop(), other.stop()]);
    await Promise.all([queues.close(), receiver.close()]);
    await close();
  });
  const told = () => receiver.received.map(({ body }) => JSON.parse(body).type as string);

  await waitUntil(async () => told().length > 0, 'an alert');
  const looksBefore = looksOfTheOther;
  await waitUntil(async () => looksOfTheOther > looksBefore + 12, 'the other process to look a dozen times');
  expect(told()).toEqual(['alert.opened']);
  silence.resolve();
  await waitUntil(async () => told().length > 1, 'the end of the alert');
  expect(told()).toEqual(['alert.opened', 'alert.resolved']);
});
