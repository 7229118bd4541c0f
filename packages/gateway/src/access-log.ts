import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { EtlError } from '@etl/core';
import type { FastifyInstance } from 'fastify';

/** The caller's own id of a request, if it is one that may stand in a log; else a new one. */
export function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Whether it is asked every few seconds, by whatever watches the process. */
export function isProbe(url: string): boolean {
  return url.startsWith('/health/') || url.split('?')[0] === '/metrics';
}

const { httpStatus: RATE_LIMITED } = new EtlError('RATE_LIMITED');

/**
 * Writes a line for each request that was answered: who asked for what, and how it ended. Neither tokens nor what stands behind the
 * question mark get there. Every answer names the request's id.
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
      address: request.address,
    };
    // A flood of strangers must not fill the log: the limit that refuses them writes one line a minute.
    const isFlood = line.httpStatus === RATE_LIMITED && request.caller === null;
    const isPreflight = request.method === 'OPTIONS';
    if (isProbe(request.url) || isFlood || isPreflight) request.log.debug(line, 'request answered');
    else request.log.info(line, 'request answered');
  });
}
