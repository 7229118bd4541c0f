import { createHash } from 'node:crypto';
import { EtlError } from '@etl/core';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { Services } from './services.ts';

const WINDOW_MS = 60_000;

/** Keys are short, whatever a token says. */
const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

/** Of IPv6 a single machine has a whole network to call from. */
function networkOf(ip: string): string {
  const address = ipaddr.process(ip);
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(':') : address.toString();
}

/** Counts a request and tells its caller how many are left. Throws RATE_LIMITED where there were too many. */
export type CountRequest = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * What limits the requests of each caller, and of each address that shows no right token, to `ETL_RATE_LIMIT` a minute, over all
 * gateways together. While Redis is away there is no limit: reads do without it.
 */
export async function openRateLimit(
  app: FastifyInstance,
  { config, queues }: Services,
): Promise<CountRequest> {
  const most = config.ETL_RATE_LIMIT;
  if (most === null) return async () => {};
  await app.register(rateLimit, {
    global: false,
    redis: queues.redis,
    nameSpace: `${config.ETL_QUEUE_PREFIX}:rate-limit:`,
    skipOnError: true,
  });
  const count = app.createRateLimit({
    max: most,
    timeWindow: WINDOW_MS,
    keyGenerator: ({ caller, ip }) => digest(caller ? caller.key : `address ${networkOf(ip)}`),
  });
  return async (request, reply) => {
    const found = await count(request);
    if (found.isAllowed) return;
    const { max, remaining, ttlInSeconds, isExceeded } = found;
    reply.headers({
      'x-ratelimit-limit': max,
      'x-ratelimit-remaining': remaining,
      'x-ratelimit-reset': ttlInSeconds,
    });
    if (!isExceeded) return;
    reply.header('retry-after', ttlInSeconds);
    throw new EtlError(
      'RATE_LIMITED',
      `More than ${most} requests in a minute: try again in ${ttlInSeconds} s`,
    );
  };
}
