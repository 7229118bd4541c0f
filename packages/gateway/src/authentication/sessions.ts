import { EtlError, isLoopback } from '@etl/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Services } from '../services.ts';
import { type Caller, viewingAs } from './caller.ts';
import { requireSamePerson } from './proxy-person.ts';
import { type Recognize, type RecognizeClaims, VerifiedClaims } from './recognition.ts';
import { type Seal, sealFor } from './seal.ts';
import { sessionCookie } from './session-cookie.ts';

const LONGEST_SECONDS = 8 * 3600;

/** Browsers drop a cookie of more than 4096 bytes without a word. Some of them count its attributes too. */
const MOST_COOKIE_BYTES = 4000;

/** What a session holds: a token, or claims that another party has verified. An administrator may view as a viewer. */
const Held = z.intersection(
  z.union([z.object({ token: z.string() }), VerifiedClaims]),
  z.object({
    viewAs: z.object({ directorate: z.string().optional(), unit: z.string().optional() }).optional(),
  }),
);

export type Held = z.infer<typeof Held>;

const Content = z.intersection(Held, z.object({ exp: z.int() }));

export interface Sessions {
  /** Without ETL_SESSION_SECRET no session can begin. */
  canBegin: boolean;
  /** What the request's session holds, and the person who signed in. Throws UNAUTHORIZED. */
  open(request: FastifyRequest): Promise<{ held: Held; caller: Caller }>;
  /** The caller of the request's session: the person, or the viewer as whom it views. Throws UNAUTHORIZED. */
  callerOf(request: FastifyRequest): Promise<Caller>;
  /** The text that identifies the session of a request. */
  idOf(request: FastifyRequest): string | undefined;
  /**
   * Calls `listener` with the text of each session that ends in its browser: the person signs out, or another session
   * takes its place.
   */
  whenEnded(listener: (id: string) => void): void;
  /** Begins a session of a caller in the browser. Throws INVALID_REQUEST if the browser would not keep it. */
  begin(request: FastifyRequest, reply: FastifyReply, held: Held, caller: Caller): Promise<void>;
  /** Ends the session in the browser. */
  end(request: FastifyRequest, reply: FastifyReply): void;
}

/**
 * Sessions of browsers. The cookie holds the token or the claims, encrypted: every gateway with the same secret can
 * read it, and none stores anything. Each request recognizes its caller anew, so a session never outlives the rights of
 * its token.
 */
export function openSessions(
  { config, now }: Services,
  recognize: Recognize,
  recognizeClaims: RecognizeClaims,
): Sessions {
  const secret = config.ETL_SESSION_SECRET;
  const seal = secret === undefined ? undefined : sealFor(secret, 'etl session');
  const cookieOf = (request: FastifyRequest) => sessionCookie(request, config);
  const idOf = (request: FastifyRequest) => request.cookies[cookieOf(request).name];
  const listeners = new Set<(id: string) => void>();
  const tellEnd = (request: FastifyRequest) => {
    const id = idOf(request);
    if (id !== undefined) for (const listener of listeners) listener(id);
  };
  const openOf: Sessions['open'] = async (request) => {
    const sealed = idOf(request);
    if (seal === undefined || sealed === undefined) throw new EtlError('UNAUTHORIZED');
    const { exp, ...held } = await unseal(sealed, seal, now());
    requireSamePerson(request, held);
    const caller = 'token' in held ? await recognize(held.token) : recognizeClaims(held);
    return { held, caller: { ...caller, expiresAt: Math.min(exp, caller.expiresAt ?? exp) } };
  };
  const begin: Sessions['begin'] = async (request, reply, held, caller) => {
    if (seal === undefined) throw new EtlError('NOT_FOUND', SIGN_IN_IS_OFF);
    const { name, attributes } = cookieOf(request);
    refuseLostCookie(request, attributes.secure);
    const from = Math.floor(now().getTime() / 1000);
    const until = Math.min(from + LONGEST_SECONDS, Math.floor(caller.expiresAt ?? Number.POSITIVE_INFINITY));
    const bytesOf = (sealed: string) => name.length + sealed.length;
    let sealed = await seal.close(held, until);
    if (bytesOf(sealed) > MOST_COOKIE_BYTES && 'source' in held && held.source === 'oidc') {
      // Only the provider needs the ID token, when the person signs out.
      const { idToken: _, ...rest } = held;
      sealed = await seal.close(rest, until);
    }
    if (bytesOf(sealed) > MOST_COOKIE_BYTES) {
      throw new EtlError(
        'INVALID_REQUEST',
        `The token is too long for a session: its cookie would have ${bytesOf(sealed)} bytes, and browsers keep ${MOST_COOKIE_BYTES}. Use a token with fewer claims.`,
        { details: { token: 'is too long for a cookie' } },
      );
    }
    reply.setCookie(name, sealed, { ...attributes, maxAge: until - from });
    tellEnd(request);
  };
  return {
    canBegin: seal !== undefined,
    idOf,
    open: openOf,
    callerOf: async (request) => {
      const { held, caller } = await openOf(request);
      return held.viewAs === undefined ? caller : viewingAs(caller, held.viewAs);
    },
    whenEnded: (listener) => void listeners.add(listener),
    begin,
    end: (request, reply) => {
      const { name, attributes } = cookieOf(request);
      reply.clearCookie(name, attributes);
      tellEnd(request);
    },
  };
}

export const SIGN_IN_IS_OFF = 'Sign-in is off. Set ETL_SESSION_SECRET and restart the gateway.';

async function unseal(sealed: string, seal: Seal, at: Date): Promise<z.infer<typeof Content>> {
  try {
    return Content.parse(await seal.open(sealed, at));
  } catch (error) {
    // Not the error itself: that of an expired session holds the token.
    const { code } = error as { code?: unknown };
    throw new EtlError('UNAUTHORIZED', 'The session has ended. Sign in again.', { cause: { code } });
  }
}

/** A browser drops a cookie that does not fit its address without a word: the sign-in would seem to do nothing. */
function refuseLostCookie({ headers, host }: FastifyRequest, secure: boolean): void {
  const { origin } = headers;
  if (origin === undefined) return;
  if (secure && origin.startsWith('http:') && !isLoopback(origin)) {
    throw new EtlError(
      'INVALID_REQUEST',
      'A browser keeps a session only over HTTPS. Open this page at an address that begins with https://, and set ETL_PUBLIC_URL to it.',
      { details: { origin: 'is without HTTPS' } },
    );
  }
  if (!secure && origin !== `http://${host}`) {
    throw new EtlError(
      'INVALID_REQUEST',
      `A proxy before the gateway changes the host to ${host}. Set ETL_PUBLIC_URL and restart the gateway.`,
      { details: { host: 'is not that of the page' } },
    );
  }
}
