import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { LOADS_NOTHING, policyHeader } from '../content-policy.ts';
import type { RateLimits } from '../rate-limit.ts';

const POLICY = policyHeader({
  ...LOADS_NOTHING,
  'connect-src': "'self'",
  'img-src': "'self' data:",
  'script-src': "'self'",
  'style-src': "'self'",
});

/** `GET /openapi.json`, and the page `/docs`, which explains each call and can send it. Both need no token. */
export async function documentationRoutes(
  app: FastifyInstance,
  { countOpenPage }: RateLimits,
): Promise<void> {
  await app.register(async (pages) => {
    pages.addHook('onRequest', countOpenPage);
    pages.get('/openapi.json', async () => app.swagger());
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: POLICY,
      // The standard layout has a bar that loads documents from other hosts.
      uiConfig: { layout: 'BaseLayout', persistAuthorization: false, displayRequestDuration: true },
    });
  });
}
