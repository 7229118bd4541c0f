import type { InjectOptions } from 'fastify';
import { inject, onTestFinished } from 'vitest';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';
import { JWT_ENV } from './tokens.ts';

export const SESSION_SECRET = 'a-secret-for-the-sessions-of-these-tests';
export const SESSION = '/app/session';
export const HOST = '127.0.0.1:8081';

/** What a browser sends with a request of a page's script. */
export const OWN_PAGE = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };

export const ME = { url: `${API}/me` };

/** Opens a gateway with sessions until the end of the test. */
export async function openForTest(
  env: Record<string, string> = {},
  more: Omit<NonNullable<Parameters<typeof openGateway>[1]>, 'env'> = {},
): Promise<Gateway> {
  const gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ...JWT_ENV, ETL_SESSION_SECRET: SESSION_SECRET, ...env }, ...more },
  );
  onTestFinished(() => gateway.close());
  return gateway;
}

type Answer = Awaited<ReturnType<Gateway['app']['inject']>>;

/** A browser that keeps cookies as it gets them, at one address of the gateway. */
export interface Browser {
  /** The cookies by name. */
  cookies: Map<string, string>;
  send(options: InjectOptions): Promise<Answer>;
  signIn(body?: object, headers?: Record<string, string>): Promise<Answer>;
}

export function openBrowser(gateway: Gateway, host = HOST): Browser {
  const cookies = new Map<string, string>();
  const send = async (options: InjectOptions) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { host, ...(cookie && { cookie }), ...options.headers };
    const answer = await gateway.app.inject({ ...options, headers });
    for (const { name, value, maxAge } of answer.cookies) {
      const isGone = maxAge === 0 || value === '';
      if (isGone) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return {
    cookies,
    send,
    signIn: (body = { token: TOKEN }, headers = {}) =>
      send({ method: 'POST', url: SESSION, headers: { ...OWN_PAGE, ...headers }, payload: body }),
  };
}
