import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

const HUGE = '2024-01-17';

/** Short, to keep the tests short. */
const REQUEST_LIMIT_MS = 500;
const DRIP_MS = REQUEST_LIMIT_MS / 10;

let gateway: Gateway;
let address: string;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { options: { requestLimitMs: REQUEST_LIMIT_MS } },
  );
  address = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
  await mergeRows(
    gateway,
    HUGE,
    Array.from({ length: 20_000 }, (_, index) => course(index + 2)),
  );
});

afterAll(() => gateway?.close());

/** Sends `start` and then single bytes, but never the whole request. */
function drip(start: string, byte: string): Socket {
  const socket = connect(Number(new URL(address).port), '127.0.0.1').on('error', () => {});
  socket.write(start);
  const timer = setInterval(() => socket.write(byte), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
  return socket;
}

/** The text that arrives until the connection ends. */
function answerTo(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (part) => {
      text += part;
    });
    socket.once('close', () => resolve(text));
  });
}

const head = (method: string, path: string) =>
  `${method} ${API}/${path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${TOKEN}\r\n`;
const BODY = 'Content-Type: application/json\r\nContent-Length: 50000\r\n\r\n';

describe('late requests', () => {
  it.each([
    ['its body drips', `${head('POST', 'run_pipeline')}${BODY}{`, ' '],
    ['its headers drip', `${head('GET', 'status')}X-Long: `, 'x'],
    ['nothing but its first byte arrives', 'G', ''],
  ])(
    'a request that does not arrive in time gets an answer, and its connection is closed: %s',
    async (_, start, byte) => {
      const answer = await answerTo(drip(start, byte));
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({
        status: false,
        error: 'The request did not arrive in time. Send it again.',
        code: 'INVALID_REQUEST',
        timestamp: expect.any(String),
      });
      expect((await gateway.app.inject('/health/live')).statusCode).toBe(200);
    },
  );

  it('a request that does not arrive in time is ended without a second answer while its answer is being read', async () => {
    const socket = drip(`${head('GET', `export?date=${HUGE}&format=ndjson&limit=all`)}${BODY}`, ' ');
    await once(socket, 'readable');
    const [error] = await once(gateway.app.server, 'clientError');
    expect(error).toMatchObject({ code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    const answer = await answerTo(socket);
    // The chunked answer has no end: a client does not take it for the whole.
    expect({
      start: answer.slice(0, 15),
      hasSecondAnswer: answer.includes('408 Request Timeout'),
      hasEnd: answer.endsWith('\r\n0\r\n\r\n'),
    }).toEqual({ start: 'HTTP/1.1 200 OK', hasSecondAnswer: false, hasEnd: false });
  });
});
