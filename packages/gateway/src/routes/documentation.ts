import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { OpenApiDocument } from '../contract/openapi.ts';

/** `GET /openapi.json`, and at `/docs` a page on which each call can be read about and tried. */
export async function documentationRoutes(app: FastifyInstance, document: OpenApiDocument): Promise<void> {
  app.get('/openapi.json', async () => document);
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // Over plain HTTP a browser would look for the page's own files where nobody answers.
    transformStaticCSP: (rules) => rules.replace(/; *upgrade-insecure-requests/, ''),
    uiConfig: { persistAuthorization: false, displayRequestDuration: true },
  });
}
