import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openReceiver } from '@etl/local-stack';
import { expect, it, onTestFinished } from 'vitest';
import type { Alert } from '../src/alert.ts';
import { send } from '../src/webhook.ts';

const never = new AbortController().signal;

const ALERT: Alert = {
  ...{ id: 'one', cause: 'queue', message: 'Redis does not answer', openedAt: 0, seenAt: 0, changedAt: 0 },
  ...{ resolvedAt: null, notified: 'nothing', tries: 0, nextTryAt: 0 },
};

/** The address of a server that answers so. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('a process that stops does not wait for a silent receiver', async () => {
  const stopping = new AbortController();
  const url = await listen(() => stopping.abort(new Error('the process stops')));
  await expect(send(ALERT, { url, secret: undefined, signal: stopping.signal })).rejects.toThrow(
    'the process stops',
  );
});

it('a message without a secret is not signed, and has the same id at every attempt', async () => {
  const receiver = await openReceiver();
  onTestFinished(() => receiver.close());
  for (let attempt = 0; attempt < 2; attempt++) {
    await send(ALERT, { url: receiver.url, secret: undefined, signal: never });
  }
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
    'one-alert.opened',
    'one-alert.opened',
  ]);
  expect(receiver.received[0]?.headers['webhook-signature']).toBeUndefined();
});

it('a receiver that redirects gets no second request elsewhere', async () => {
  const elsewhere = await openReceiver();
  onTestFinished(() => elsewhere.close());
  const url = await listen((_, response) => response.writeHead(307, { location: elsewhere.url }).end());
  await expect(send(ALERT, { url, secret: undefined, signal: never })).rejects.toThrow('fetch failed');
  expect(elsewhere.received).toEqual([]);
});

it('an answer other than 2xx is an error', async () => {
  const url = await listen((_, response) => response.writeHead(503).end());
  await expect(send(ALERT, { url, secret: undefined, signal: never })).rejects.toThrow(
    'The receiver answered 503',
  );
});
