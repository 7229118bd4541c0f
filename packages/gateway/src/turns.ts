import { EtlError } from '@etl/core';
import { Semaphore, withTimeout } from 'async-mutex';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from './authentication/caller.ts';

/**
 * Heavy reads of one caller at once. A page of 10,000 rows takes a tenth of a second and a summary of a year takes seconds, so
 * that a dashboard is served well. A caller that reads slowly keeps only itself waiting.
 */
const PER_CALLER = 2;

/** Each heavy read holds one of the ten connections to the database. The other four serve short reads and new runs. */
const IN_ALL = 6;

/** A client of the API still listens after this time. */
const LONGEST_WAIT_MS = 10_000;

/** The right to one heavy read. */
export interface Turn {
  /** Aborts when the caller hangs up. */
  signal: AbortSignal;
  release(): void;
}

export interface Turns {
  /**
   * Waits for a turn of the request's caller. Throws RATE_LIMITED after ten seconds, and NOT_FOUND if the caller has hung up by then.
   */
  take(request: FastifyRequest, reply: FastifyReply): Promise<Turn>;
  /** Runs `read` in a turn. */
  run<Result>(
    request: FastifyRequest,
    reply: FastifyReply,
    read: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>;
}

/**
 * Limits heavy reads, per caller and in all. A caller waits for its own turn first and only then for a common one, so that it has
 * at most `perCaller` places in the common queue.
 */
export function openTurns({
  perCaller = PER_CALLER,
  inAll = IN_ALL,
  longestWaitMs = LONGEST_WAIT_MS,
} = {}): Turns {
  const ofCallers = new Map<string, Semaphore>();
  const ofAll = new Semaphore(inAll);

  async function take(request: FastifyRequest, reply: FastifyReply): Promise<Turn> {
    const { key } = callerOf(request);
    const own = ofCallers.get(key) ?? new Semaphore(perCaller);
    ofCallers.set(key, own);
    const deadline = performance.now() + longestWaitMs;
    const releaseOwn = await acquire(own, deadline);
    const leave = () => {
      releaseOwn();
      // A semaphore with all its permits has no waiters either.
      if (own.getValue() === perCaller) ofCallers.delete(key);
    };
    try {
      if (hasHungUp(request)) throw hungUp();
      const releaseCommon = await acquire(ofAll, deadline);
      if (hasHungUp(request)) {
        releaseCommon();
        throw hungUp();
      }
      return {
        signal: signalOfHangUp(reply),
        release: () => {
          releaseCommon();
          leave();
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  return {
    take,
    run: async (request, reply, read) => {
      const { signal, release } = await take(request, reply);
      try {
        return await read(signal);
      } catch (error) {
        // The statement was cancelled because its caller hung up. It is no failure of the gateway.
        throw hasHungUp(request) ? hungUp() : error;
      } finally {
        release();
      }
    },
  };
}

async function acquire(semaphore: Semaphore, deadline: number): Promise<() => void> {
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

/** The response is closed when it has been sent, too: then the signal reaches nothing that still runs. */
function signalOfHangUp({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => controller.abort());
  return controller.signal;
}
