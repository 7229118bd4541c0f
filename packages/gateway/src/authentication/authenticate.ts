import { asError, EtlError } from '@etl/core';
import { type Scope, scopeOf, type Warehouse } from '@etl/warehouse';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RateLimits } from '../rate-limit.ts';
import type { Services } from '../services.ts';
import { type Caller, callerOf } from './caller.ts';
import { hasRightSignature, jwtVerifier } from './jwt.ts';
import { webhookTokens } from './webhook-tokens.ts';

/**
 * Requires a webhook token or a signed token for the routes of this scope. Viewers may only read. Each request is
 * counted once: by its caller, or by its address if it has no valid token. A valid token passes even if its address
 * has used up the limit of wrong tokens. Throws UNAUTHORIZED, FORBIDDEN, RATE_LIMITED.
 */
export function authenticate(app: FastifyInstance, { config }: Services, limits: RateLimits): void {
  const findWebhookCaller = webhookTokens(config.ETL_WEBHOOK_TOKENS);
  const verify = jwtVerifier(config);
  const callerOfToken = async (request: FastifyRequest) => {
    const token = bearerToken(request);
    if (token === undefined) throw new EtlError('UNAUTHORIZED');
    return findWebhookCaller(token) ?? verify(token);
  };
  // Before the body is read: a request without a token costs no parsing.
  app.addHook('onRequest', async (request, reply) => {
    const found = await callerOfToken(request).catch(asError);
    if (found instanceof Error) {
      const isGuess = bearerToken(request) !== undefined && !hasRightSignature(found);
      await (isGuess ? limits.countGuess : limits.countOpenPage)(request, reply);
      request.log.info({ why: rejection(found) }, 'token rejected');
      throw found;
    }
    request.caller = found;
    await limits.countCaller(request, reply);
    if (!isRead(request) && found.role !== 'administrator') throw new EtlError('FORBIDDEN');
  });
}

/** The courses whose figures the caller may read, by the current category tree. */
export async function scopeOfCaller(request: FastifyRequest, warehouse: Warehouse): Promise<Scope> {
  const caller: Caller = callerOf(request);
  return caller.role === 'administrator' ? 'everything' : scopeOf(warehouse, caller.membership);
}

/** The reason for the log: it contains more than the answer, and nothing of the token. */
function rejection({ message, cause }: Error): string {
  const { code, claim } = (cause ?? {}) as { code?: unknown; claim?: unknown };
  if (typeof code !== 'string') return message;
  return typeof claim === 'string' ? `${code} (${claim})` : code;
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The token of a request, whatever the spelling of its header. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
