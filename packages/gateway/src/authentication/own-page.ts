import { EtlError } from '@etl/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RateLimits } from '../rate-limit.ts';
import type { CookieConfig } from './session-cookie.ts';

/**
 * Throws FORBIDDEN unless a script on a page of this gateway sent the request. A browser adds cookies to requests of
 * other pages too, but no other page can send these headers: a form cannot send JSON.
 */
export function requireOwnPage(request: FastifyRequest, config: CookieConfig): void {
  if (isFromOwnPage(request, config) && isJson(request)) return;
  throw new EtlError(
    'FORBIDDEN',
    'A session works on the pages of this gateway only, and with a JSON body. Other programs send Authorization: Bearer <token>',
  );
}

/** Opens the routes of a scope to scripts on the pages of this gateway only. They need no caller, so their addresses are limited. */
export function openToOwnPages(scope: FastifyInstance, config: CookieConfig, limits: RateLimits): void {
  scope.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    await limits.countOpenPage(request, reply);
    requireOwnPage(request, config);
  });
}

/** Old browsers do not send `Sec-Fetch-Site`, nor do browsers over plain HTTP. */
function isFromOwnPage({ headers, host }: FastifyRequest, { ETL_PUBLIC_URL }: CookieConfig): boolean {
  const { 'sec-fetch-site': site, origin } = headers;
  if (site !== undefined) return site === 'same-origin';
  if (origin === undefined) return false;
  return ETL_PUBLIC_URL === undefined ? URL.parse(origin)?.host === host : origin === ETL_PUBLIC_URL;
}

function isJson({ headers }: FastifyRequest): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}
