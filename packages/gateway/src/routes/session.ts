import { asError, type ErrorCode, EtlError } from '@etl/core';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { rejection, scopeOfCaller } from '../authentication/authenticate.ts';
import { isGuessed } from '../authentication/jwt.ts';
import { openToOwnPages } from '../authentication/own-page.ts';
import { ownAddress } from '../authentication/session-cookie.ts';
import { SIGN_IN_IS_OFF } from '../authentication/sessions.ts';
import type { SignIn } from '../authentication/sign-in.ts';
import { tokenOfCode } from '../authentication/sign-in-codes.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { ME, Me } from '../contract/reading-answers.ts';
import { rejectUnknownFields, type ZodApp } from '../contract/zod-routes.ts';
import type { RateLimits } from '../rate-limit.ts';
import type { Services } from '../services.ts';
import { meReader } from './me.ts';

const PATH = '/app/session';

const ERRORS: ErrorCode[] = ['INVALID_REQUEST', 'FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED', 'INTERNAL_ERROR'];

const SIGN_IN = {
  tags: ['Sessions'],
  summary: 'Sign in: begins a session in this browser',
  description:
    'With a token, or with the one-time code of the demo. The session is an encrypted cookie: it ends after 8 hours, or when the token ends. Only pages of this gateway may call it.',
  security: [],
  body: z
    .union([z.strictObject({ token: z.string().min(1) }), z.strictObject({ code: z.string().min(1) })])
    .meta({ examples: [{ token: 'your-webhook-token' }] }),
  response: { 200: answerBody({ data: Me }, { data: ME }) },
  errors: [...ERRORS, 'UNAUTHORIZED', 'DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE', 'SIGN_IN_UNAVAILABLE'],
} satisfies FastifySchema;

const SIGN_OUT = {
  tags: ['Sessions'],
  summary: 'Sign out: ends the session in this browser',
  description:
    'If the provider of the university signs people out as well, `next` is the address at which it does. The page goes there.',
  security: [],
  response: {
    200: answerBody({ data: z.strictObject({ next: z.url().nullable() }) }, { data: { next: null } }),
  },
  errors: ERRORS,
} satisfies FastifySchema;

/** `POST` and `DELETE /app/session`: a browser signs in and out. */
export async function sessionRoutes(
  app: ZodApp,
  services: Services,
  { recognize, sessions, provider }: SignIn,
  limits: RateLimits,
): Promise<void> {
  const { config, warehouse } = services;
  const readMe = meReader(config);

  await app.register(async (scope: ZodApp) => {
    rejectUnknownFields(scope);
    openToOwnPages(scope, config, limits);
    scope.addHook('onRequest', async () => {
      if (!sessions.canBegin) throw new EtlError('NOT_FOUND', SIGN_IN_IS_OFF);
    });

    scope.post(PATH, { schema: SIGN_IN }, async (request, reply) => {
      const { body } = request;
      const token = 'token' in body ? body.token.trim() : await tokenOfCode(services, body.code);
      const caller = await recognize(token).catch(asError);
      if (caller instanceof Error) {
        request.log.info({ why: rejection(caller) }, 'sign-in rejected');
        if (!isGuessed(caller)) throw caller;
        await limits.countGuess(request, reply);
        throw new EtlError('UNAUTHORIZED', 'This token is not known here');
      }
      request.caller = caller;
      const data = await readMe(request, warehouse, await scopeOfCaller(request, warehouse));
      await sessions.begin(request, reply, { token }, caller);
      return answerOf({ data }, config.ETL_TIMEZONE);
    });

    scope.delete(PATH, { schema: SIGN_OUT }, async (request, reply) => {
      const { held } = await sessions.open(request).catch(() => ({ held: undefined }));
      sessions.end(request, reply);
      const isOfProvider = held !== undefined && 'source' in held && held.source === 'oidc';
      const next = isOfProvider
        ? await provider?.signOutAddress(held.idToken, `${ownAddress(request, config)}/app/sign-in`)
        : null;
      return answerOf({ data: { next: next ?? null } }, config.ETL_TIMEZONE);
    });
  });
}
