import type { ErrorCode } from '@etl/core';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { scopeOfCaller } from '../authentication/authenticate.ts';
import { viewingAs } from '../authentication/caller.ts';
import { openToOwnPages } from '../authentication/own-page.ts';
import type { Sessions } from '../authentication/sessions.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { ME, Me } from '../contract/reading-answers.ts';
import { rejectUnknownFields, type ZodApp } from '../contract/zod-routes.ts';
import type { RateLimits } from '../rate-limit.ts';
import type { Services } from '../services.ts';
import { meReader } from './me.ts';

const PATH = '/app/session/view_as';

const ERRORS: ErrorCode[] = [
  'INVALID_REQUEST',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'DATABASE_UNAVAILABLE',
  'INTERNAL_ERROR',
];

/** Blanks count, as in a claim. */
const Name = z.string().min(1).max(255);

const EXAMPLE: z.infer<typeof Me> = {
  ...ME,
  username: 'rector',
  view_as: { directorate: 'FTI', unit: null },
};

const VIEW_AS = {
  tags: ['Sessions'],
  summary: 'View as: an administrator looks at the figures as a viewer would',
  description:
    'The session reads what a viewer of the directorate and the unit reads, and nothing else. It cannot start runs. Only pages of this gateway may call it.',
  security: [],
  body: z
    .strictObject({
      directorate: Name.optional().meta({ description: 'A category at the top of the tree: idnumber or id' }),
      unit: Name.optional().meta({ description: 'A category below one: idnumber or id' }),
    })
    .refine(({ directorate, unit }) => directorate !== undefined || unit !== undefined, {
      message: 'directorate or unit is required',
    })
    .meta({ examples: [{ directorate: 'FTI' }] }),
  response: { 200: answerBody({ data: Me }, { data: EXAMPLE }) },
  errors: ERRORS,
} satisfies FastifySchema;

const STOP = {
  tags: ['Sessions'],
  summary: 'Stop viewing as another reader',
  security: [],
  response: {
    200: answerBody(
      { data: Me },
      { data: { ...ME, username: 'rector', role: 'administrator' as const, scope: null } },
    ),
  },
  errors: ERRORS,
} satisfies FastifySchema;

/** `POST` and `DELETE /app/session/view_as`: an administrator views the figures as a viewer, and stops. */
export async function viewAsRoutes(
  app: ZodApp,
  { config, warehouse }: Services,
  sessions: Sessions,
  limits: RateLimits,
): Promise<void> {
  const readMe = meReader(config);

  await app.register(async (scope: ZodApp) => {
    rejectUnknownFields(scope);
    openToOwnPages(scope, config, limits);

    scope.post(PATH, { schema: VIEW_AS }, async (request, reply) => {
      const { body } = request;
      const { held, caller } = await sessions.open(request);
      request.caller = viewingAs(caller, body);
      const data = await readMe(request, warehouse, await scopeOfCaller(request, warehouse));
      await sessions.begin(request, reply, { ...held, viewAs: body }, caller);
      request.log.info({ caller: caller.name, viewAs: body }, 'view as: begins');
      return answerOf({ data }, config.ETL_TIMEZONE);
    });

    scope.delete(PATH, { schema: STOP }, async (request, reply) => {
      const { held, caller } = await sessions.open(request);
      request.caller = caller;
      const data = await readMe(request, warehouse, await scopeOfCaller(request, warehouse));
      await sessions.begin(request, reply, { ...held, viewAs: undefined }, caller);
      request.log.info({ caller: caller.name }, 'view as: ends');
      return answerOf({ data }, config.ETL_TIMEZONE);
    });
  });
}
