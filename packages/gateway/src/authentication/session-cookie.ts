import { type Config, isLoopback } from '@etl/core';
import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';

export type CookieConfig = Pick<Config, 'ETL_PUBLIC_URL' | 'ETL_TRUST_PROXY'>;

const NAME = 'etl-session';

interface OwnCookie {
  name: string;
  attributes: CookieSerializeOptions & { secure: boolean };
}

/** The name and the attributes of the session's cookie. */
export function sessionCookie(request: FastifyRequest, config: CookieConfig): OwnCookie {
  return cookieFor(request, config, NAME);
}

/**
 * The name and the attributes of a cookie for this host alone. Browsers keep a cookie with the prefix `__Host-` only if
 * it came over HTTPS from this very host. Without HTTPS, at a loopback address, they would refuse it.
 */
export function cookieFor(request: FastifyRequest, config: CookieConfig, name: string): OwnCookie {
  const secure = !isPlainLoopback(request, config);
  return {
    name: secure ? `__Host-${name}` : name,
    attributes: { path: '/', httpOnly: true, sameSite: 'lax', secure },
  };
}

/** The documented name: that of a production installation. */
export const DOCUMENTED_COOKIE = `__Host-${NAME}`;

/** Whether a browser of this machine asks without a proxy. Behind a proxy the gateway cannot see whether it uses HTTPS. */
export function isPlainLoopback({ protocol, host }: FastifyRequest, config: CookieConfig): boolean {
  const isDirect = config.ETL_PUBLIC_URL === undefined && config.ETL_TRUST_PROXY.length === 0;
  return isDirect && protocol === 'http' && isLoopback(`http://${host}`);
}

/** The address of the gateway for browsers. Without ETL_PUBLIC_URL it is that of the request. */
export function ownAddress({ protocol, host }: FastifyRequest, { ETL_PUBLIC_URL }: CookieConfig): string {
  return ETL_PUBLIC_URL ?? `${protocol}://${host}`;
}
