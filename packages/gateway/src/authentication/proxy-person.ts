import { type Config, EtlError } from '@etl/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Services } from '../services.ts';
import { Claims, parseClaims } from './claims.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The person whom a trusted proxy has signed in, or why its headers are refused. Null if it names none. */
    proxyPerson: Claims | EtlError | null;
  }
}

const MINUTE_MS = 60_000;

type ProxyConfig = Pick<
  Config,
  | 'ETL_PROXY_USER_HEADER'
  | 'ETL_PROXY_ROLES_HEADER'
  | 'ETL_PROXY_DIRECTORATE_HEADER'
  | 'ETL_PROXY_UNIT_HEADER'
  | 'ETL_ADMIN_ROLES'
>;

/**
 * Gives each request the person whom its proxy names. Headers of any other address are dropped. The log has one line a
 * minute for them: a caller may send many. Runs after `readAddresses`.
 */
export function readProxyPersons(app: FastifyInstance, { config, log }: Services): void {
  app.decorateRequest('proxyPerson', null);
  if (config.ETL_PROXY_USER_HEADER === undefined) return;
  const headers = headersOf(config);
  let loggedAt = Number.NEGATIVE_INFINITY;
  app.addHook('onRequest', async (request) => {
    if (request.isFromProxy) {
      request.proxyPerson = personOf(request, config);
      return;
    }
    const dropped = headers.filter((name) => request.headers[name] !== undefined);
    if (dropped.length === 0) return;
    for (const name of dropped) delete request.headers[name];
    if (performance.now() - loggedAt < MINUTE_MS) return;
    loggedAt = performance.now();
    log.warn({ address: request.raw.socket.remoteAddress, headers: dropped }, HEADERS_DROPPED);
  });
}

const HEADERS_DROPPED =
  'headers of a signed-in person dropped: their sender is not in ETL_TRUST_PROXY. If it is the proxy, add its address';

function headersOf(config: ProxyConfig): string[] {
  return [
    config.ETL_PROXY_USER_HEADER,
    config.ETL_PROXY_ROLES_HEADER,
    config.ETL_PROXY_DIRECTORATE_HEADER,
    config.ETL_PROXY_UNIT_HEADER,
  ].filter((name) => name !== undefined);
}

function personOf(request: FastifyRequest, config: ProxyConfig): Claims | EtlError | null {
  const headers = headersOf(config);
  const twice = headers.find((name) => timesGiven(request, name) > 1);
  // A proxy that adds its header to the caller's does not say which one is its own.
  if (twice !== undefined) return new EtlError('UNAUTHORIZED', `The header ${twice} came twice`);
  const valueAt = (name: string | undefined) => valueIn(name && request.headers[name]);
  const username = valueAt(config.ETL_PROXY_USER_HEADER);
  if (username === undefined) return null;
  const missing = headers.find((name) => request.headers[name] === undefined);
  // A caller can make Apache drop headers (`Connection: X-Person-Unit`). Without its unit, a person would see more.
  if (missing !== undefined) return new EtlError('UNAUTHORIZED', `The header ${missing} is missing`);
  const roles = rolesIn(valueAt(config.ETL_PROXY_ROLES_HEADER));
  try {
    return parseClaims(
      {
        username,
        // Others have no effect, and would make the cookie long.
        roles: config.ETL_ADMIN_ROLES.filter((role) => roles.includes(role)),
        directorate: valueAt(config.ETL_PROXY_DIRECTORATE_HEADER),
        unit: valueAt(config.ETL_PROXY_UNIT_HEADER),
      },
      "The proxy's",
    );
  } catch (error) {
    if (error instanceof EtlError) return error;
    throw error;
  }
}

/** Node joins headers that came several times. */
function timesGiven({ raw }: FastifyRequest, name: string): number {
  return raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length;
}

/** Apache writes `(null)` for an attribute that a person lacks. */
function valueIn(header: string | string[] | undefined): string | undefined {
  const value = utf8(String(header ?? '')).trim();
  return value === '' || value === '(null)' ? undefined : value;
}

/** Shibboleth sends UTF-8. Node reads each byte as one character. */
function utf8(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}

/** Shibboleth separates values by `;`, and writes `\;` for one inside a value. */
function rolesIn(header = ''): string[] {
  return header.split(/(?<!\\);/).map((role) => role.trim());
}

/**
 * Throws UNAUTHORIZED unless the proxy names the person of the session. If it names another one, or none, another
 * person may sit at this browser.
 */
export function requireSamePerson({ proxyPerson }: FastifyRequest, held: object): void {
  if (proxyPerson instanceof EtlError) throw proxyPerson;
  const ofSession =
    'source' in held && held.source === 'proxy' && 'claims' in held ? Claims.parse(held.claims) : null;
  if (JSON.stringify(ofSession) !== JSON.stringify(proxyPerson)) {
    throw new EtlError('UNAUTHORIZED', 'The session is not that of the person whom the proxy names');
  }
}
