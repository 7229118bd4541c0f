import path from 'node:path';
import { type DatabaseServer, type Scratch, scratchFolder, startDatabase, waitUntil } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readEvents } from './event-reader.ts';
import { course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

// Its own server: the test kills it.
let folder: Scratch<string>;
let server: DatabaseServer;
let gateway: Gateway;
let address: string;

beforeAll(async () => {
  folder = scratchFolder();
  server = await startDatabase({ folder: path.join(folder.value, 'server') });
  gateway = await openGateway(
    { mysqlUrl: server.url, redisUrl: inject('redisUrl') },
    { options: { events: { lookMs: 20, commentMs: 50 } } },
  );
  address = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  await gateway?.close();
  await server?.stop();
  await folder.remove();
});

const comments = (text: string) => text.split(': still here').length;

it('streams survive a killed warehouse, and show what has changed since', async () => {
  const reader = await readEvents(address, TOKEN);
  await mergeRows(gateway, '2024-01-15', [course(2)]);
  await reader.wait('day', { extraction_date: '2024-01-15', state: 'completed' });
  await server.kill();
  const before = comments(reader.text());
  await waitUntil(async () => comments(reader.text()) > before + 3, 'comments during the outage');
  // The looks go on, and know what the last good one saw: a further stream needs no look of its own.
  const late = await readEvents(address, TOKEN);
  expect(late.status).toBe(200);
  await server.startAgain();
  await mergeRows(gateway, '2024-01-16', [course(2)]);
  for (const one of [reader, late]) await one.wait('day', { extraction_date: '2024-01-16' });
  // The date of before has not changed.
  const days = reader.events().filter(({ event }) => event === 'day');
  expect(days.map(({ data }) => data.extraction_date)).toEqual(['2024-01-15', '2024-01-16']);
  for (const one of [reader, late]) one.hangUp();
  await Promise.all([reader.ended, late.ended]);
});

it('the first stream of a gateway is refused while the warehouse is unreachable', async () => {
  await server.kill();
  // The streams of the test before have ended: the next one is the first.
  await waitUntil(async () => (await readEvents(address, TOKEN)).status === 503, 'a refused stream');
  await server.startAgain();
  await waitUntil(async () => {
    const reader = await readEvents(address, TOKEN);
    reader.hangUp();
    return reader.status === 200;
  }, 'a stream');
});
