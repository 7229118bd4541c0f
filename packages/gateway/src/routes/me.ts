import { systemVersion } from '@etl/core';
import {
  firstDates,
  lastCompletedAt,
  lastCompletedDate,
  lastFinalDate,
  localTime,
  type Scope,
  scopeRoots,
  smallBelowFor,
  type Warehouse,
} from '@etl/warehouse';
import type { FastifyRequest, FastifySchema } from 'fastify';
import type { z } from 'zod';
import { callerOf, viewedAs } from '../authentication/caller.ts';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { ME, Me } from '../contract/reading-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import type { GatewayConfig, Services } from '../services.ts';

const ME_ROUTE = {
  tags: ['Figures'],
  summary: 'Who the caller is, what the caller reads, and the dates that there are',
  response: { 200: answerBody({ data: Me }, { data: ME }) },
  conditional: true,
} satisfies FastifySchema;

/** Makes the function that reads the caller, its scope, and the dates with figures. */
export function meReader({ ETL_TIMEZONE: timeZone }: GatewayConfig) {
  const version = systemVersion();
  return async (request: FastifyRequest, snapshot: Warehouse, scope: Scope): Promise<z.infer<typeof Me>> => {
    const caller = callerOf(request);
    const { name, role } = caller;
    const viewed = viewedAs(caller);
    return {
      username: name,
      role,
      scope: await scopeRoots(snapshot, scope),
      view_as: viewed ? { directorate: viewed.directorate ?? null, unit: viewed.unit ?? null } : null,
      suppress_below: smallBelowFor(scope),
      time_zone: timeZone,
      first_date: (await firstDates(snapshot)).completed ?? null,
      last_completed_date: (await lastCompletedDate(snapshot)) ?? null,
      last_final_date: (await lastFinalDate(snapshot)) ?? null,
      last_completed_at: localTime(await lastCompletedAt(snapshot), timeZone),
      version,
    };
  };
}

/** `GET me`: the caller, its scope, and the dates with figures. */
export function meRoute(app: ZodApp, { config }: Services, readConditionally: ConditionalRead): void {
  const readMe = meReader(config);
  app.get('/me', { schema: ME_ROUTE }, (request, reply) =>
    readConditionally(
      request,
      reply,
      ({ snapshot, scope }) => readMe(request, snapshot, scope),
      (data) => answerOf({ data }, config.ETL_TIMEZONE),
    ),
  );
}
