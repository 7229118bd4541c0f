import { createHash } from 'node:crypto';
import { systemVersion, today } from '@etl/core';
import { dataVersion, onSnapshot, type Scope, type Warehouse } from '@etl/warehouse';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { scopeOfCaller } from './authentication/authenticate.ts';
import { callerOf, viewedAs } from './authentication/caller.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import type { Services } from './services.ts';

/** What a read may use. Everything that it reads is of one moment. */
export interface Reading {
  snapshot: Warehouse;
  /** The caller's scope, by the category tree of the snapshot. */
  scope: Scope;
  /** Aborts when the caller hangs up. */
  signal: AbortSignal;
  /** The time of the ETag. An answer that depends on the time must use this one: else its ETag could be newer. */
  at: Date;
}

/**
 * Answers what `read` finds, as `present` makes it, with a weak ETag. If the caller already has the answer of that
 * ETag, the answer is 304, without a body. A heavy read: see `ConcurrencyLimit`.
 */
export type ConditionalRead = <Found, Answer>(
  request: FastifyRequest,
  reply: FastifyReply,
  read: (reading: Reading) => Promise<Found>,
  present: (found: Found) => Answer,
) => Promise<Answer | undefined>;

/** A route that uses the result has `conditional: true` in its schema, which documents ETag and 304. */
export function conditionalReads(services: Services, heavyReads: ConcurrencyLimit): ConditionalRead {
  const { warehouse, now } = services;
  const tagOf = tagMaker(services);
  return async (request, reply, read, present) => {
    const at = now();
    const known = request.headers['if-none-match'] ?? '';
    // `*` is of any answer that there is: an error has none, so the read decides.
    const isAny = known.trim() === '*';
    const { tag, found } = await heavyReads.run(request, reply, (signal) =>
      onSnapshot(warehouse, async (snapshot) => {
        const scope = await scopeOfCaller(request, snapshot);
        // Of the same snapshot as the figures: on a cluster, another connection may be ahead of this one.
        const tag = await tagOf(request, at, snapshot, scope);
        if (tagsIn(known).includes(tag)) return { tag };
        const found = { of: await read({ snapshot, scope, signal, at }) };
        return isAny ? { tag } : { tag, found };
      }),
    );
    if (!found) return notModified(reply, tag);
    setHeaders(reply, tag);
    return present(found.of);
  };
}

/** Makes the ETag of a request: a digest of everything that its answer depends on, but the timestamp. */
function tagMaker({ config }: Services) {
  const version = systemVersion();
  const { ETL_TIMEZONE, ETL_CATCH_UP_DAYS } = config;
  return async (request: FastifyRequest, at: Date, snapshot: Warehouse, scope: Scope): Promise<string> => {
    const caller = callerOf(request);
    // `me` says as whom an administrator views, and two names can have the same scope.
    const who = [caller.key, caller.name, caller.role, viewedAs(caller) ?? null];
    const parts = [version, ETL_TIMEZONE, ETL_CATCH_UP_DAYS, today(ETL_TIMEZONE, at)];
    const text = JSON.stringify([...parts, who, scope, request.url, await dataVersion(snapshot)]);
    return createHash('sha256').update(text).digest('base64url');
  };
}

/** The ETags of If-None-Match. Weak and strong ones are the same here. */
function tagsIn(ifNoneMatch: string): string[] {
  return [...ifNoneMatch.matchAll(/"([^"]*)"/g)].map(([, tag]) => tag ?? '');
}

function notModified(reply: FastifyReply, tag: string): undefined {
  setHeaders(reply, tag);
  reply.status(304).send();
}

function setHeaders(reply: FastifyReply, tag: string): void {
  const vary = [reply.getHeader('vary'), 'Authorization', 'Cookie'].filter(Boolean).join(', ');
  reply.header('etag', `W/"${tag}"`).header('vary', vary).header('cache-control', 'private, no-cache');
}
