import type { Config } from '@etl/core';
import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';

export type CookieConfig = Pick<Config, 'ETL_PUBLIC_URL' | 'ETL_TRUST_PROXY'>;

const NAME = 'etl-session';

interface SessionCookie {
  name: string;
  attributes: CookieSerializeOptions & { secure: boolean };
}

/**
 * The name and the attributes of the session's cookie. Browsers keep a cookie with the prefix `__Host-` only if it came
 * over HTTPS from this very host. Without HTTPS, at a loopback address, they would refuse it.
 */
export function sessionCookie(request: FastifyRequest, config: CookieConfig): SessionCookie {
  const secure = !isPlainLoopback(request, config);
  return {
    name: secure ? `__Host-${NAME}` : NAME,
    attributes: { path: '/', httpOnly: true, sameSite: 'lax', secure },
  };
}

/** The documented name: that of a production installation. */
export const DOCUMENTED_COOKIE = `__Host-${NAME}`;

/** Behind a proxy the gateway cannot see whether the browser uses HTTPS. */
function isPlainLoopback({ protocol, host }: FastifyRequest, config: CookieConfig): boolean {
  const isDirect = config.ETL_PUBLIC_URL === undefined && config.ETL_TRUST_PROXY.length === 0;
  return isDirect && protocol === 'http' && isLoopback(`http://${host}`);
}

/** Whether a web address names this machine. */
export function isLoopback(address: string): boolean {
  const { hostname = '' } = URL.parse(address) ?? {};
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
