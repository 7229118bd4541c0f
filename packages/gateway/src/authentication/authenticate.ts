import { asError, EtlError } from '@etl/core';
import { type Scope, scopeOf, scopeRoots, type Warehouse } from '@etl/warehouse';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RateLimits } from '../rate-limit.ts';
import type { Services } from '../services.ts';
import { type Caller, callerOf } from './caller.ts';
import { isGuessed } from './jwt.ts';
import { requireOwnPage } from './own-page.ts';
import { bearerToken } from './recognition.ts';
import type { SignIn } from './sign-in.ts';

/**
 * Requires a token for the routes of this scope: in the header, or in the session of a browser. Viewers may only read.
 * Each request is counted once: by its caller, or by its address if it has no valid token. A valid token passes even
 * if its address has used up the limit of wrong tokens. Throws UNAUTHORIZED, FORBIDDEN, RATE_LIMITED.
 */
export function authenticate(
  app: FastifyInstance,
  { config }: Services,
  { recognize, sessions }: Pick<SignIn, 'recognize' | 'sessions'>,
  limits: RateLimits,
): void {
  // Before the body is read: a request without a token costs no parsing.
  app.addHook('onRequest', async (request, reply) => {
    const token = bearerToken(request);
    const found = await (token === undefined ? sessions.callerOf(request) : recognize(token)).catch(asError);
    if (found instanceof Error) {
      // Not guesses: expired tokens, tokens whose key cannot be read, and cookies, which a browser sends with every
      // request.
      const isGuess = token !== undefined && isGuessed(found);
      await (isGuess ? limits.countGuess : limits.countOpenPage)(request, reply);
      request.log.info({ why: rejection(found) }, 'token rejected');
      throw found;
    }
    request.caller = found;
    await limits.countCaller(request, reply);
    if (isRead(request)) return;
    if (token === undefined) requireOwnPage(request, config);
    if (found.role !== 'administrator') throw new EtlError('FORBIDDEN');
  });
}

/** The rows that the caller may read, by the current category tree: of viewers without small groups. */
export async function scopeOfCaller(request: FastifyRequest, warehouse: Warehouse): Promise<Scope> {
  const caller: Caller = callerOf(request);
  if (caller.role === 'administrator') return 'everything';
  return scopeOf(warehouse, caller.membership, request.smallBelow);
}

/** Whether no category of the caller exists here. Its pages would be empty, as if all figures were 0. */
export async function seesNothing(request: FastifyRequest, warehouse: Warehouse): Promise<boolean> {
  const roots = await scopeRoots(warehouse, await scopeOfCaller(request, warehouse));
  return roots?.length === 0;
}

/** The reason for the log: it contains more than the answer, and nothing of the token. */
export function rejection({ message, cause }: Error): string {
  const { code, claim } = (cause ?? {}) as { code?: unknown; claim?: unknown };
  if (typeof code !== 'string') return message;
  return typeof claim === 'string' ? `${code} (${claim})` : code;
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}
