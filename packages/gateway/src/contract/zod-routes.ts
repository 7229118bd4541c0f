import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** An app whose routes take and answer what their zod schemas say. */
export type ZodApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Makes the app validate requests by the zod schemas of its routes. */
export function withZodRoutes(app: FastifyInstance): ZodApp {
  app.setValidatorCompiler(validatorCompiler);
  // Zod takes longer to check 10,000 rows than the database to read them. The compiler checks what
  // handlers answer, and the tests hold every answer against the OpenAPI document.
  app.setSerializerCompiler(() => JSON.stringify);
  return app.withTypeProvider<ZodTypeProvider>();
}

const NOTHING = z.strictObject({});

/** Makes the routes of this scope refuse query fields that they do not name, and take no body for an empty one. */
export function refuseUnknownFields(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.schema = { querystring: NOTHING, ...route.schema };
  });
  app.addHook('preValidation', async (request) => {
    request.body ??= {};
  });
}
