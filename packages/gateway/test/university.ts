import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { ProviderOrder } from './university-process.ts';

const PROGRAM = path.join(import.meta.dirname, 'university-process.ts');

export const CLIENT = { clientId: 'etl', clientSecret: 'the-secret-of-this-client-of-the-provider' };

/** The OpenID provider of a university, in a process of its own. */
export interface University {
  url: string;
  /** What a gateway needs to know. */
  env: Record<string, string>;
  /** Changes what the provider does. */
  change(order: Partial<ProviderOrder>): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Opens a provider until the end of the test. */
export async function openUniversity(...first: Parameters<typeof startUniversity>): Promise<University> {
  const university = await startUniversity(...first);
  onTestFinished(() => university.stop());
  return university;
}

/** Starts a provider. The caller stops it. */
export async function startUniversity(
  first: Pick<ProviderOrder, 'gateway' | 'accounts'> & Partial<ProviderOrder>,
): Promise<University> {
  let order: ProviderOrder = { ...CLIENT, ...first };
  let port = 0;
  const launch = async () => {
    const child = fork(PROGRAM, [String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await once(child, 'message');
    return child;
  };
  let child = await launch();
  const tell = async () => {
    const told = once(child, 'message');
    child.send(order);
    const [{ url }] = (await told) as [{ url: string }];
    return url;
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  };
  const url = await tell();
  port = Number(new URL(url).port);
  return {
    url,
    env: {
      ETL_OIDC_ISSUER: url,
      ETL_OIDC_CLIENT_ID: CLIENT.clientId,
      ETL_OIDC_CLIENT_SECRET: CLIENT.clientSecret,
    },
    change: async (changed) => {
      order = { ...order, ...changed };
      await tell();
      order = { ...order, newKeys: false };
    },
    stop,
    start: async () => {
      child = await launch();
      await tell();
    },
  };
}

/**
 * Signs in at the provider as its own browser, without consent. Returns the address of the gateway to which the
 * provider leads the person back. `cookies` are those of the provider: with them it knows the person again.
 */
export async function signInAtProvider(
  address: string,
  login: string,
  cookies = new Map<string, string>(),
): Promise<string> {
  const { origin } = new URL(address);
  let next = address;
  let body: URLSearchParams | undefined;
  for (let step = 0; step < 10; step += 1) {
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(body && { method: 'POST', body }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get('location');
    body = undefined;
    if (location === null) {
      const page = await response.text();
      if (!response.ok) throw new Error(`The provider answers ${response.status}: ${page.slice(0, 500)}`);
      body = new URLSearchParams({ prompt: 'login', login, password: 'any' });
      continue;
    }
    next = new URL(location, next).href;
    if (new URL(next).origin !== origin) return next;
  }
  throw new Error('The provider does not lead back');
}
