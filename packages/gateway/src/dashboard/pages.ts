import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { asError, EtlError } from '@etl/core';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { seesNothing } from '../authentication/authenticate.ts';
import { nextPage } from '../authentication/oidc/next-page.ts';
import type { Refusal } from '../authentication/oidc/refusals.ts';
import type { SignIn } from '../authentication/sign-in.ts';
import type { RateLimits } from '../rate-limit.ts';
import type { Services } from '../services.ts';
import { DASHBOARD_POLICY } from './policy.ts';
import { preloadsIn } from './preloads.ts';

/** What `pnpm build` makes. */
export const DASHBOARD_FOLDER = path.resolve(import.meta.dirname, '../../../dashboard/dist');

const PREFIX = '/app';
const SIGN_IN = `${PREFIX}/sign-in`;
export const NOT_BUILT = 'The dashboard is not built. Run pnpm build and restart the gateway.';

export function isBuilt(folder = DASHBOARD_FOLDER): boolean {
  return existsSync(path.join(folder, 'index.html'));
}

interface PagesOptions {
  signIn: SignIn;
  limits: RateLimits;
  folder: string;
}

/**
 * Serves the dashboard under `/app`. Its script shows every page, so each of their addresses gets the same HTML. A
 * visitor without a session gets the page of the sign-in.
 */
export async function dashboardPages(
  app: FastifyInstance,
  services: Services,
  { signIn, limits, folder }: PagesOptions,
): Promise<void> {
  await app.register(async (pages) => {
    pages.addHook('onRequest', async (request, reply) => {
      request.caller = await signIn.sessions.callerOf(request).catch(() => null);
      // Files cost little: a person's page may load many.
      if (request.caller === null) await limits.countOpenPage(request, reply);
    });
    pages.get('/', async (_, reply) => reply.redirect(PREFIX));
    if (!isBuilt(folder)) {
      const refuse = async () => {
        throw new EtlError('NOT_FOUND', NOT_BUILT);
      };
      pages.get(PREFIX, refuse);
      pages.get(`${PREFIX}/*`, refuse);
      return;
    }
    // Their names contain a hash of their content.
    await pages.register(fastifyStatic, {
      root: path.join(folder, 'assets'),
      prefix: `${PREFIX}/assets/`,
      preCompressed: true,
      index: false,
      immutable: true,
      maxAge: '1y',
    });
    const files = filesIn(folder);
    const preloadsOf = preloadsIn(folder);
    const begin = signInByProxy(services, signIn);
    const page = async (request: FastifyRequest, reply: FastifyReply) => {
      const [address = '', query = ''] = request.url.split('?');
      if (request.caller === null) {
        const next = await begin(request, reply, address === SIGN_IN);
        if (next !== undefined) return reply.header('cache-control', 'no-store').redirect(next);
      }
      reply.headers({ 'cache-control': 'no-store', 'content-security-policy': DASHBOARD_POLICY });
      const preloads = preloadsOf(address.slice(PREFIX.length), query, request.caller?.role);
      if (preloads !== null) reply.header('link', preloads);
      return reply.sendFile('index.html', folder, { cacheControl: false, etag: false, lastModified: false });
    };
    pages.get(PREFIX, page);
    pages.get<{ Params: { '*': string } }>(`${PREFIX}/*`, async (request, reply) => {
      const name = request.params['*'];
      if (files.has(name)) return reply.sendFile(name, folder, { immutable: false, maxAge: '1h' });
      // A session has no page.
      return name === 'session' ? reply.callNotFound() : page(request, reply);
    });
    if (files.has(ICON)) {
      // Browsers look for it there on pages that name none.
      pages.get('/favicon.ico', async (_, reply) =>
        reply.sendFile(ICON, folder, { immutable: false, maxAge: '1h' }),
      );
    }
  });
}

const ICON = 'favicon.svg';

/**
 * Returns the address to which a visitor without a session goes instead. A person whom a proxy has signed in gets a
 * session, and needs no sign-in page: it leads back. Undefined if the page can be shown.
 */
function signInByProxy({ warehouse }: Services, { sessions, recognizeClaims }: SignIn) {
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    isSignIn: boolean,
  ): Promise<string | undefined> => {
    const { proxyPerson: claims } = request;
    const { next, reason } = request.query as { next?: unknown; reason?: unknown };
    if (claims === null) return isSignIn ? undefined : signInFor(request.url);
    // The page says why.
    if (isSignIn && reason !== undefined) return undefined;
    try {
      if (claims instanceof EtlError) throw claims;
      const held = { source: 'proxy', claims } as const;
      const caller = recognizeClaims(held);
      request.caller = caller;
      if (await seesNothing(request, warehouse))
        throw new EtlError('UNAUTHORIZED', 'The category of the person is unknown here');
      await sessions.begin(request, reply, held, caller);
      return isSignIn ? nextPage(next) : undefined;
    } catch (error) {
      request.log.info({ why: asError(error).message }, 'sign-in by the proxy rejected');
      return `${SIGN_IN}?reason=${claims instanceof EtlError ? 'proxy' : reasonOf(error)}`;
    }
  };
}

function reasonOf(error: unknown): Refusal {
  const code = error instanceof EtlError ? error.code : undefined;
  if (code === 'UNAUTHORIZED') return 'no-scope';
  return code === 'INVALID_REQUEST' ? 'too-long' : 'failed';
}

/** The address of the sign-in, which leads back to `url` afterwards. */
function signInFor(url: string): string {
  return url.replace(/\/$/, '') === PREFIX ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(url)}`;
}

/** The files beside the page, such as an icon. */
function filesIn(folder: string): ReadonlySet<string> {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  return new Set(names.filter((name) => name !== 'index.html' && !/\.(br|gz|json)$/.test(name)));
}
