import { asError, EtlError } from '@etl/core';
import { type Scope, scopeOf, type Warehouse } from '@etl/warehouse';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RateLimits } from '../rate-limit.ts';
import type { Services } from '../services.ts';
import { type Caller, callerOf } from './caller.ts';
import { isOurs, jwtVerifier } from './jwt.ts';
import { webhookTokens } from './webhook-tokens.ts';

/**
 * Lets only callers through to the routes of this scope that show a webhook token or a signed one, and viewers only to what reads.
 * Every request is counted once: by its caller, or by its address if it shows no right token. A right token passes, however many
 * wrong ones its address has shown. Throws UNAUTHORIZED, FORBIDDEN, RATE_LIMITED.
 */
export function authenticate(app: FastifyInstance, { config }: Services, limits: RateLimits): void {
  const recognise = webhookTokens(config.ETL_WEBHOOK_TOKENS);
  const verify = jwtVerifier(config);
  const callerBehind = async (request: FastifyRequest) => {
    const token = bearerToken(request);
    if (token === undefined) throw new EtlError('UNAUTHORIZED');
    return recognise(token) ?? verify(token);
  };
  // Before the body is read: nobody without a token makes us parse anything.
  app.addHook('onRequest', async (request, reply) => {
    const found = await callerBehind(request).catch(asError);
    if (found instanceof Error) {
      const isGuess = bearerToken(request) !== undefined && !isOurs(found);
      await (isGuess ? limits.countGuess : limits.countOpenPage)(request, reply);
      request.log.info({ why: refusal(found) }, 'token refused');
      throw found;
    }
    request.caller = found;
    await limits.countCaller(request, reply);
    if (!reads(request) && found.role !== 'administrator') throw new EtlError('FORBIDDEN');
  });
}

/** What of the courses' figures the caller of an authenticated request may read, by the category tree at this moment. */
export async function scopeOfCaller(request: FastifyRequest, warehouse: Warehouse): Promise<Scope> {
  const caller: Caller = callerOf(request);
  return caller.role === 'administrator' ? 'everything' : scopeOf(warehouse, caller.membership);
}

/** For operators: more than the caller is told, and nothing of the token. */
function refusal({ message, cause }: Error): string {
  const { code, claim } = (cause ?? {}) as { code?: unknown; claim?: unknown };
  if (typeof code !== 'string') return message;
  return typeof claim === 'string' ? `${code} (${claim})` : code;
}

function reads({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
