import { EtlError } from '@etl/core';
import { Semaphore, withTimeout } from 'async-mutex';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from './authentication/caller.ts';

/**
 * Heavy reads of one caller at once. A page of 10,000 rows takes a tenth of a second, a summary of a year takes
 * seconds. Two at once are enough for a dashboard. A caller that reads slowly delays only itself.
 */
const MAX_PER_CALLER = 2;

/** Each heavy read holds one of the ten connections to the warehouse. The other four serve short reads and new runs. */
const MAX_IN_ALL = 6;

/** Callers usually wait longer than this for an answer. */
const MAX_WAIT_MS = 10_000;

/** The permission to run one heavy read. */
interface Permit {
  /** Aborts when the caller hangs up. */
  signal: AbortSignal;
  release(): void;
}

export interface ConcurrencyLimit {
  /** Waits for a permit. Throws RATE_LIMITED after ten seconds, or NOT_FOUND if the caller has hung up by then. */
  acquire(request: FastifyRequest, reply: FastifyReply): Promise<Permit>;
  /** Runs `read` with a permit. */
  run<Result>(
    request: FastifyRequest,
    reply: FastifyReply,
    read: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>;
}

/**
 * Limits concurrent heavy reads, per caller and in all. A caller waits for its own permit before it joins the common
 * queue, so it waits there for at most `maxPerCaller` permits.
 */
export function openConcurrencyLimit({
  maxPerCaller = MAX_PER_CALLER,
  maxInAll = MAX_IN_ALL,
  maxWaitMs = MAX_WAIT_MS,
} = {}): ConcurrencyLimit {
  const byCaller = new Map<string, Semaphore>();
  const common = new Semaphore(maxInAll);

  async function acquire(request: FastifyRequest, reply: FastifyReply): Promise<Permit> {
    const { key } = callerOf(request);
    const own = byCaller.get(key) ?? new Semaphore(maxPerCaller);
    byCaller.set(key, own);
    const deadline = performance.now() + maxWaitMs;
    const releasePermit = await acquireBy(deadline, own);
    const releaseOwn = () => {
      releasePermit();
      // A semaphore with all its permits has no waiters either.
      if (own.getValue() === maxPerCaller) byCaller.delete(key);
    };
    try {
      if (hasHungUp(request)) throw hungUp();
      const releaseCommon = await acquireBy(deadline, common);
      if (hasHungUp(request)) {
        releaseCommon();
        throw hungUp();
      }
      return {
        signal: hangUpSignal(reply),
        release: () => {
          releaseCommon();
          releaseOwn();
        },
      };
    } catch (error) {
      releaseOwn();
      throw error;
    }
  }

  return {
    acquire,
    run: async (request, reply, read) => {
      const { signal, release } = await acquire(request, reply);
      try {
        return await read(signal);
      } catch (error) {
        // The hang-up cancelled the statement. The gateway has not failed.
        throw hasHungUp(request) ? hungUp() : error;
      } finally {
        release();
      }
    },
  };
}

async function acquireBy(deadline: number, semaphore: Semaphore): Promise<() => void> {
  const tooMany = new EtlError(
    'RATE_LIMITED',
    'Too many exports, results or summaries are being read at this moment. Try again later.',
  );
  const waitMs = Math.max(1, deadline - performance.now());
  const [, release] = await withTimeout(semaphore, waitMs, tooMany).acquire();
  return release;
}

function hasHungUp({ raw }: FastifyRequest): boolean {
  return raw.socket.destroyed;
}

function hungUp(): EtlError {
  return new EtlError('NOT_FOUND', 'The caller hung up before its answer was ready');
}

/** A response also closes after it was sent. No statement listens to the signal by then. */
function hangUpSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => controller.abort());
  return controller.signal;
}
