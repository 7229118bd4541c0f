import { createHash, timingSafeEqual } from 'node:crypto';
import { type Config, EtlError } from '@etl/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Who is asking: the label of a webhook token. */
export interface Caller {
  name: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
}

/** Lets only requests with a configured webhook token through to the routes of this scope. Throws UNAUTHORIZED. */
export function requireToken(app: FastifyInstance, tokens: Config['ETL_WEBHOOK_TOKENS']): void {
  const known = tokens.map(({ label, token }) => ({ label, digest: digestOf(token) }));
  app.decorateRequest('caller', null);
  // Before the body is read: nobody without a token makes us parse anything.
  app.addHook('onRequest', async (request) => {
    const given = bearerToken(request);
    const caller = given === undefined ? undefined : recognise(given, known);
    if (!caller) throw new EtlError('UNAUTHORIZED');
    request.caller = caller;
  });
}

/** The caller of an authenticated request. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new EtlError('UNAUTHORIZED');
  return request.caller;
}

function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function recognise(given: string, known: readonly { label: string; digest: Buffer }[]): Caller | undefined {
  const digest = digestOf(given);
  // Every token is compared, all of it: the time taken says nothing about which one was nearly right.
  const matching = known.filter((token) => timingSafeEqual(token.digest, digest));
  return matching[0] && { name: matching[0].label };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
