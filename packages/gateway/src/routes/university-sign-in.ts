import { asError, EtlError } from '@etl/core';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { seesNothing } from '../authentication/authenticate.ts';
import type { Caller } from '../authentication/caller.ts';
import { type Attempt, openAttempts } from '../authentication/oidc/attempts.ts';
import { nextPage } from '../authentication/oidc/next-page.ts';
import { type Refusal, SignInRefused } from '../authentication/oidc/refusals.ts';
import type { VerifiedClaims } from '../authentication/recognition.ts';
import { isPlainLoopback, ownAddress } from '../authentication/session-cookie.ts';
import type { SignIn } from '../authentication/sign-in.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import type { RateLimits } from '../rate-limit.ts';
import type { Services } from '../services.ts';

const SIGN_IN = '/app/sign-in';
const CALLBACK = `${SIGN_IN}/callback`;

const WAYS = {
  tags: ['Sessions'],
  summary: 'The ways in which a person can sign in',
  description:
    '`oidc` leads to the sign-in of the university, at `/app/sign-in/oidc`. `proxy`: a proxy names the person, and every page of `/app` begins a session.',
  security: [],
  response: {
    200: answerBody(
      { data: z.strictObject({ ways: z.array(z.enum(['token', 'oidc', 'proxy'])) }) },
      { data: { ways: ['token', 'oidc'] } },
    ),
  },
  errors: ['RATE_LIMITED', 'INTERNAL_ERROR'],
} satisfies FastifySchema;

/**
 * `GET /app/sign-in/oidc` leads to the provider of the university. The provider leads back to
 * `GET /app/sign-in/callback`. With `anew` the provider asks for a password even if it knows the browser. Both are pages
 * for people: a refusal leads to the sign-in page with its reason.
 */
export async function universitySignIn(
  app: ZodApp,
  services: Services,
  { recognizeClaims, sessions, provider }: SignIn,
  limits: RateLimits,
): Promise<void> {
  const { config, warehouse } = services;
  const { ETL_SESSION_SECRET: secret } = config;

  await app.register(async (scope: ZodApp) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      await limits.countOpenPage(request, reply);
    });

    scope.get(`${SIGN_IN}/ways`, { schema: WAYS }, async (request) => {
      const ways = [
        ...(sessions.canBegin && !request.proxyPerson ? (['token'] as const) : []),
        ...(provider ? (['oidc'] as const) : []),
        ...(request.proxyPerson ? (['proxy'] as const) : []),
      ];
      return answerOf({ data: { ways } }, config.ETL_TIMEZONE);
    });

    if (provider === undefined || secret === undefined) return;
    const attempts = openAttempts(services, secret);

    const callerOf = (verified: VerifiedClaims): Caller => {
      try {
        return recognizeClaims(verified);
      } catch (error) {
        throw new SignInRefused('no-scope', asError(error).message);
      }
    };

    /** Returns the address of the provider. */
    const begin = async (
      request: FastifyRequest,
      reply: FastifyReply,
      { next, anew }: { next: string; anew: boolean },
    ): Promise<string> => {
      if (config.ETL_PUBLIC_URL === undefined && !isPlainLoopback(request, config))
        throw new SignInRefused('address', 'ETL_PUBLIC_URL is not set');
      const { address, checks } = await provider.begin(ownAddress(request, config) + CALLBACK, anew);
      await attempts.keep(request, reply, { checks, next });
      return address.href;
    };

    /** Begins the session of the person, and returns the page to return to. */
    const finish = async (
      request: FastifyRequest,
      reply: FastifyReply,
      { checks, next }: Attempt,
    ): Promise<string> => {
      const callback = new URL(ownAddress(request, config) + CALLBACK);
      callback.search = request.url.slice(request.url.indexOf('?'));
      const { expiresAt, ...said } = await provider.finish(callback, checks);
      const verified = { source: 'oidc', provider: provider.name, ...said } as const;
      const caller = { ...callerOf(verified), expiresAt };
      request.caller = caller;
      if (await seesNothing(request, warehouse))
        throw new SignInRefused('no-scope', 'the category of the person is unknown here');
      await sessions.begin(request, reply, verified, caller).catch((error) => {
        throw isTooLong(error) ? new SignInRefused('too-long', error.message) : error;
      });
      // The page says to the other tabs of the browser that a person has signed in.
      return `${next}#signed-in`;
    };

    scope.get<{ Querystring: { next?: unknown; anew?: unknown } }>(
      `${SIGN_IN}/oidc`,
      async (request, reply) => {
        const next = nextPage(request.query.next);
        const anew = request.query.anew !== undefined;
        const leaving = begin(request, reply, { next, anew }).catch((error) => refusal(request, error, next));
        return reply.redirect(await leaving, 303);
      },
    );

    scope.get<{ Querystring: { state?: unknown } }>(CALLBACK, async (request, reply) => {
      const attempt = await attempts.take(request, reply, request.query.state).catch(asError);
      if (attempt instanceof Error) return reply.redirect(refusal(request, attempt), 303);
      const leaving = finish(request, reply, attempt).catch((error) => refusal(request, error, attempt.next));
      return reply.redirect(await leaving, 303);
    });
  });
}

/** The address of the sign-in page, which has a sentence for the reason. */
function refusal(request: FastifyRequest, error: unknown, next = '/app'): string {
  const isOfPerson = error instanceof SignInRefused;
  const reason: Refusal = isOfPerson ? error.reason : 'failed';
  if (isOfPerson) request.log.info({ reason, why: error.message }, 'university sign-in rejected');
  else request.log.error({ err: asError(error) }, 'university sign-in failed');
  return `${SIGN_IN}?${new URLSearchParams({ reason, ...(next !== '/app' && { next }) })}`;
}

function isTooLong(error: unknown): error is EtlError {
  return error instanceof EtlError && error.code === 'INVALID_REQUEST';
}
