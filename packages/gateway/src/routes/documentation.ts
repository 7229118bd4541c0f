import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { OpenApiDocument } from '../contract/openapi.ts';
import type { RateLimits } from '../rate-limit.ts';

/** `GET /openapi.json`, and at `/docs` a page on which each call can be read about and tried. Both need no token. */
export async function documentationRoutes(
  app: FastifyInstance,
  document: OpenApiDocument,
  { countOpenPage }: RateLimits,
): Promise<void> {
  const text = JSON.stringify(document);
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(async (pages) => {
    pages.addHook('onRequest', countOpenPage);
    pages.get('/openapi.json', async (_, reply) => reply.type('application/json; charset=utf-8').send(text));
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      // Over plain HTTP a browser would look for the page's own files where nobody answers.
      transformStaticCSP: (rules) => rules.replace(/; *upgrade-insecure-requests/, ''),
      uiConfig: { persistAuthorization: false, displayRequestDuration: true },
    });
  });
}
