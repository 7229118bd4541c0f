import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** An app whose handlers get the types of their zod schemas. */
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
  // Zod needs longer to check 10,000 rows than the warehouse needs to read them. The compiler checks the
  // answers of handlers, and the tests check every answer against the OpenAPI document.
  app.setSerializerCompiler(() => JSON.stringify);
  return app.withTypeProvider<ZodTypeProvider>();
}

const NOTHING = z.strictObject({});

/** Makes the routes of this scope reject unknown query fields, and treat a missing body as an empty one. */
export function rejectUnknownFields(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.schema = { querystring: NOTHING, ...route.schema };
  });
  app.addHook('preValidation', async (request) => {
    request.body ??= {};
  });
}
