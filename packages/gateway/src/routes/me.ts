import { systemVersion } from '@etl/core';
import { firstDates, lastCompletedDate, lastFinalDate, scopeRoots } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { callerOf } from '../authentication/caller.ts';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { ME, Me } from '../contract/reading-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import type { Services } from '../services.ts';

const ME_ROUTE = {
  tags: ['Figures'],
  summary: 'Who the caller is, what the caller reads, and the dates that there are',
  response: { 200: answerBody({ data: Me }, { data: ME }) },
  conditional: true,
} satisfies FastifySchema;

/** `GET me`: the caller, its scope, and the dates with figures. */
export function meRoute(app: ZodApp, { config }: Services, readConditionally: ConditionalRead): void {
  const version = systemVersion();
  const timeZone = config.ETL_TIMEZONE;
  app.get('/me', { schema: ME_ROUTE }, (request, reply) => {
    const { name, role } = callerOf(request);
    return readConditionally(
      request,
      reply,
      async ({ snapshot, scope }) => ({
        username: name,
        role,
        scope: await scopeRoots(snapshot, scope),
        time_zone: timeZone,
        first_date: (await firstDates(snapshot)).completed ?? null,
        last_completed_date: (await lastCompletedDate(snapshot)) ?? null,
        last_final_date: (await lastFinalDate(snapshot)) ?? null,
        version,
      }),
      (data) => answerOf({ data }, timeZone),
    );
  });
}
