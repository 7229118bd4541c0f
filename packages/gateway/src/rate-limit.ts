import { createHash } from 'node:crypto';
import { EtlError } from '@etl/core';
import { Mutex } from 'async-mutex';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { networkOf } from './request-address.ts';
import type { Services } from './services.ts';

const WINDOW_SECONDS = 60;

/** Wrong passwords and tokens of one address in a minute. A person who mistypes stays far below this limit. */
const MOST_GUESSES = 30;

/** Recounts of one caller in a minute. Each reads Moodle. */
const MOST_RECOUNTS = 20;

/** Counts a request and sets the `x-ratelimit` headers. Throws RATE_LIMITED above the limit. */
type CountRequest = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export interface RateLimits {
  /**
   * Counts a request of a known caller, over all gateways. If Redis fails, nothing is counted: reads work without
   * Redis.
   */
  countCaller: CountRequest;
  /**
   * Counts a request without a token, by its address. Each gateway counts in its own memory: a flood does not reach
   * Redis.
   */
  countOpenPage: CountRequest;
  /** Counts a recount of a known caller, over all gateways, in addition to its request. */
  countRecount: CountRequest;
  /**
   * Counts a wrong password or token, by its address and over all gateways. If Redis fails, this gateway counts in
   * its own memory.
   */
  countGuess: CountRequest;
  /**
   * Counts a password as a guess, checks it, and removes the guess if `check` does not throw. Passwords of one
   * address are checked one after the other. Concurrent correct passwords therefore never use up the limit.
   */
  checkPassword(request: FastifyRequest, reply: FastifyReply, check: () => Promise<unknown>): Promise<void>;
}

/** Opens the limits of all requests. `ETL_RATE_LIMIT=off` turns the first two off. Guesses are always limited. */
export function openRateLimits({ config, queues }: Services): RateLimits {
  const most = config.ETL_RATE_LIMIT;
  const inRedis = (name: string, points: number, insurance?: RateLimiterMemory) =>
    new RateLimiterRedis({
      storeClient: queues.redis,
      keyPrefix: `${config.ETL_QUEUE_PREFIX}:rate-limit:${name}`,
      points,
      duration: WINDOW_SECONDS,
      // Above twice the limit this gateway rejects requests until the window ends, without asking Redis.
      inMemoryBlockOnConsumed: 2 * points,
      ...(insurance && { insuranceLimiter: insurance }),
    });
  const inMemory = (points: number) => new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
  const guesses = inRedis('guesses', MOST_GUESSES, inMemory(MOST_GUESSES));
  const addressKey = ({ address }: FastifyRequest) => networkOf(address);
  const countGuess = countBy(guesses, 'wrong passwords or tokens', addressKey);
  const checks = new Map<string, Mutex>();
  const unlimited: CountRequest = async () => {};
  return {
    countCaller:
      most === null
        ? unlimited
        : countBy(inRedis('callers', most), 'requests', (request) => callerKey(request)),
    countOpenPage: most === null ? unlimited : countBy(inMemory(most), 'requests', addressKey),
    countRecount: countBy(inRedis('recounts', MOST_RECOUNTS), 'recounts', callerKey),
    countGuess,
    checkPassword: async (request, reply, check) => {
      const key = addressKey(request);
      const checksOfAddress = checks.get(key) ?? new Mutex();
      checks.set(key, checksOfAddress);
      try {
        await checksOfAddress.runExclusive(async () => {
          await countGuess(request, reply);
          await check();
          await guesses.reward(key);
        });
      } finally {
        if (!checksOfAddress.isLocked()) checks.delete(key);
      }
    },
  };
}

/** A hash, so that keys are short for every token. */
function callerKey({ caller, address }: FastifyRequest): string {
  return createHash('sha256')
    .update(caller?.key ?? address)
    .digest('base64url');
}

function countBy(
  limiter: RateLimiterAbstract,
  what: string,
  keyOf: (request: FastifyRequest) => string,
): CountRequest {
  return async (request, reply) => {
    const { isAllowed, state } = await consume(limiter, keyOf(request));
    if (!state) return;
    const seconds = Math.ceil(state.msBeforeNext / 1000);
    reply.headers({
      'x-ratelimit-limit': limiter.points,
      'x-ratelimit-remaining': state.remainingPoints,
      'x-ratelimit-reset': seconds,
    });
    if (isAllowed) return;
    // One line a minute for each caller or address: a flood must not fill the log.
    if (state.consumedPoints === limiter.points + 1) {
      request.log.warn(
        { address: request.address, caller: request.caller?.name, what },
        'rate limit exceeded',
      );
    }
    reply.header('retry-after', seconds);
    throw new EtlError(
      'RATE_LIMITED',
      `More than ${limiter.points} ${what} in a minute: try again in ${seconds} s`,
    );
  };
}

/** `state` is undefined if Redis failed and nothing counts in its place. */
async function consume(
  limiter: RateLimiterAbstract,
  key: string,
): Promise<{ isAllowed: boolean; state?: RateLimiterRes }> {
  try {
    return { isAllowed: true, state: await limiter.consume(key) };
  } catch (thrown) {
    return thrown instanceof RateLimiterRes ? { isAllowed: false, state: thrown } : { isAllowed: true };
  }
}
