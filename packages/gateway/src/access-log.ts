import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { EtlError } from '@etl/core';
import type { FastifyInstance } from 'fastify';
import { viewedAs } from './authentication/caller.ts';

/** The `x-request-id` of the caller if it is safe in a log, else a new id. */
export function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Whether monitoring sends the request every few seconds. */
export function isProbe(url: string): boolean {
  return url.startsWith('/health/') || url.split('?')[0] === '/metrics';
}

const { httpStatus: RATE_LIMITED } = new EtlError('RATE_LIMITED');

/**
 * Logs each answered request: caller, path and status. A line contains neither tokens nor the query string. Every
 * answer has the header `x-request-id`.
 */
export function logAccess(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const line = {
      method: request.method,
      path: request.url.split('?')[0],
      httpStatus: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      caller: request.caller?.name,
      viewAs: viewedAs(request.caller),
      address: request.address,
    };
    // A flood of unknown callers must not fill the log. The rate limit logs one line a minute for it.
    const isFlood = line.httpStatus === RATE_LIMITED && request.caller === null;
    const isPreflight = request.method === 'OPTIONS';
    if (isProbe(request.url) || isFlood || isPreflight) request.log.debug(line, 'request answered');
    else request.log.info(line, 'request answered');
  });
}
