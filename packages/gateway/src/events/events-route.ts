import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { callerOf } from '../authentication/caller.ts';
import { bearerToken } from '../authentication/recognition.ts';
import type { Sessions } from '../authentication/sessions.ts';
import { EventText } from '../contract/event-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { networkOf } from '../request-address.ts';
import type { Services } from '../services.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { openStreamLimit, type StreamLimit } from './stream-limit.ts';
import { openEvents, type WatchTimes } from './watch.ts';

const EVENTS = {
  tags: ['State'],
  summary: 'Changes of runs and of dates, as Server-Sent Events',
  description: [
    '`run`: the state or the progress of a batch has changed. Its data is a `RunEvent`.',
    '`day`: the figures of a date have changed, or a run of it has failed. Its data is a `DayEvent`.',
    'An event says what to read again. Events have no id: read anew after each connection.',
    'A comment comes every 15 seconds. The stream ends when the token expires.',
    'For viewers `offset` and `numrow` are null.',
  ].join(' '),
  response: { 200: { content: { 'text/event-stream': { schema: EventText } } } },
} satisfies FastifySchema;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // nginx would wait for more text before it passes an event on.
  'x-accel-buffering': 'no',
  // The connection of an ended stream must not keep a stopping gateway waiting.
  connection: 'close',
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answers have no end of their own: how long they take says nothing about the gateway. */
    isOpenEnded?: boolean;
  }
}

export interface EventOptions extends WatchTimes {
  limit?: StreamLimit;
}

/** `GET events`: changes of runs and of dates, as Server-Sent Events. */
export function eventsRoute(
  app: ZodApp,
  services: Services,
  sessions: Sessions,
  { limit = openStreamLimit(), ...times }: EventOptions = {},
): void {
  const events = openEvents(services, times);
  /** Each with its session. A bearer token has none. */
  const streams = new Map<EventStream, string | undefined>();
  // Its events are those of a caller whom the browser is no longer. The browser connects again.
  sessions.whenEnded((id) => {
    for (const [{ end }, session] of streams) if (session === id) end();
  });
  // The server waits for open connections before it closes.
  app.addHook('preClose', async () => {
    for (const { end } of streams.keys()) end();
  });
  app.addHook('onClose', events.close);

  async function open(request: FastifyRequest): Promise<EventStream> {
    const { role, expiresAt } = callerOf(request);
    const release = limit.open(keyOf(request, sessions));
    const stream = openEventStream({ endsAt: expiresAt && expiresAt * 1000 });
    let leave = () => {};
    streams.set(stream, bearerToken(request) === undefined ? sessions.idOf(request) : undefined);
    stream.body.once('close', () => {
      leave();
      streams.delete(stream);
      release();
    });
    try {
      leave = await events.listen({ role, send: stream.send });
    } catch (error) {
      stream.body.destroy();
      throw error;
    }
    // It ended during the first look.
    if (stream.body.destroyed) leave();
    return stream;
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.method === 'HEAD') {
      reply.headers(HEADERS).send();
      return;
    }
    const { body } = await open(request);
    // The caller hung up during the first look, so no event closes the stream.
    if (request.raw.socket.destroyed) body.destroy();
    reply.headers(HEADERS).send(body);
  }

  app.get('/events', { schema: EVENTS, config: { isOpenEnded: true } }, async (request, reply) => {
    await answer(request, reply);
    return reply;
  });
}

/** Streams of a token or a session, and an address, have a limit of their own. */
function keyOf(request: FastifyRequest, sessions: Sessions): string {
  // Not the header: one token has many spellings there.
  const token = createHash('sha256')
    .update(bearerToken(request) ?? sessions.idOf(request) ?? '')
    .digest('base64url');
  return `${token} ${networkOf(request.address)}`;
}
