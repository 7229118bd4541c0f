import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Services } from '../../services.ts';
import { sealFor } from '../seal.ts';
import { cookieFor } from '../session-cookie.ts';
import { Checks } from './provider.ts';
import { SignInRefused } from './refusals.ts';

/** A person has this long to sign in at the provider. */
const SECONDS = 10 * 60;

/** The browser keeps the cookie longer: the gateway can then say that the time is over. */
const KEPT_SECONDS = 60 * 60;

/** Each tab has a cookie of its own. More of them, beside a session, do not fit into the headers that proxies allow. */
const MOST = 3;

const NAME = 'etl-sign-in-';

const Attempt = z.object({ checks: Checks, next: z.string() });
export type Attempt = z.infer<typeof Attempt>;

/** The sign-ins that a browser has begun. Its cookies hold them, encrypted. */
export interface Attempts {
  keep(request: FastifyRequest, reply: FastifyReply, attempt: Attempt): Promise<void>;
  /** Takes the attempt of a state out of the browser: it is used once. Throws SignInRefused. */
  take(request: FastifyRequest, reply: FastifyReply, state: unknown): Promise<Attempt>;
}

export function openAttempts({ config, now }: Services, secret: string): Attempts {
  const seal = sealFor(secret, 'etl sign-in');
  const cookieOf = (request: FastifyRequest, state: string) =>
    cookieFor(request, config, NAME + state.slice(0, 12));
  return {
    keep: async (request, reply, attempt) => {
      const { name, attributes } = cookieOf(request, attempt.checks.state);
      const prefix = name.slice(0, name.indexOf(NAME) + NAME.length);
      const begun = Object.keys(request.cookies).filter((other) => other.startsWith(prefix));
      // The browser sends them in the order in which it got them.
      for (const oldest of begun.slice(0, Math.max(0, begun.length - MOST + 1)))
        reply.clearCookie(oldest, attributes);
      const from = Math.floor(now().getTime() / 1000);
      reply.setCookie(name, await seal.close(attempt, from + SECONDS), {
        ...attributes,
        maxAge: KEPT_SECONDS,
      });
    },
    take: async (request, reply, state) => {
      if (typeof state !== 'string' || !/^[\w-]+$/.test(state)) throw new SignInRefused('state', 'no state');
      const { name, attributes } = cookieOf(request, state);
      const sealed = request.cookies[name];
      if (sealed === undefined) throw new SignInRefused('state', 'no cookie of this state');
      reply.clearCookie(name, attributes);
      const content = await seal.open(sealed, now()).catch((error: { code?: string }) => {
        const isLate = error.code === 'ERR_JWT_EXPIRED';
        throw new SignInRefused(isLate ? 'expired' : 'state', 'the cookie is too old, or of another secret');
      });
      const attempt = Attempt.parse(content);
      if (attempt.checks.state !== state) throw new SignInRefused('state', 'the cookie is of another state');
      return attempt;
    },
  };
}
