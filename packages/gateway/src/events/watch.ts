import { startPeriodic, untraced } from '@etl/core';
import { recentRows, replacingMerges, type Warehouse } from '@etl/warehouse';
import type { Services } from '../services.ts';
import { endsDate, openSeenRows } from './changes.ts';
import { type EventTexts, eventTexts } from './event-texts.ts';

/** A change is seen after half a second on average. */
const LOOK_MS = 1000;

/** Proxies close silent connections after a minute, and the gateway itself after half a minute. */
const COMMENT_MS = 15_000;

const COMMENT = ': still here\n\n';

/** A transaction may commit this long after its statements. */
const LATE_SECONDS = 600;

export interface WatchTimes {
  /** Milliseconds from one look at `log_scheduler` to the next one. */
  lookMs?: number;
  /** Milliseconds between two comments. */
  commentMs?: number;
}

export interface Listener {
  role: keyof EventTexts;
  /** Takes the events of a look, or a comment. */
  send(chunk: Buffer): void;
}

/** The changes of runs, for everybody who listens. */
export interface Events {
  /**
   * Resolves after the first look: the listener gets every change that comes later. Returns the function that ends
   * it. Throws if the warehouse does not answer the first look.
   */
  listen(listener: Listener): Promise<() => void>;
  /** Resolves when the last look has ended. */
  close(): Promise<void>;
}

/**
 * Looks at `log_scheduler` once a second while a stream is open, once for all streams. It holds no connection
 * between two looks. If the warehouse is unreachable, the next look tries again, and finds what has changed since the
 * last look that succeeded.
 */
export function openEvents(
  { probes, config, log }: Pick<Services, 'probes' | 'config' | 'log'>,
  times: WatchTimes = {},
): Events {
  let watch: Watch | undefined;
  let stopped: Promise<void> | undefined;
  return {
    close: async () => {
      await watch?.stop();
      await stopped;
    },
    listen: async (listener) => {
      // Outside of the trace of the caller who happens to be the first.
      watch ??= untraced(() => startWatch(probes, config.ETL_TIMEZONE, log, times));
      const joined = watch;
      joined.listeners.add(listener);
      const leave = () => {
        joined.listeners.delete(listener);
        if (joined.listeners.size > 0) return;
        stopped = joined.stop();
        if (watch === joined) watch = undefined;
      };
      try {
        await joined.started;
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
  };
}

interface Watch {
  listeners: Set<Listener>;
  /** The first look. */
  started: Promise<void>;
  stop(): Promise<void>;
}

function startWatch(
  warehouse: Warehouse,
  timeZone: string,
  log: Services['log'],
  { lookMs = LOOK_MS, commentMs = COMMENT_MS }: WatchTimes,
): Watch {
  const listeners = new Set<Listener>();
  const started = Promise.withResolvers<void>();
  const look = openLook(warehouse, timeZone);
  const run = async () => {
    try {
      const texts = await look();
      started.resolve();
      sendTexts(listeners, texts);
    } catch (error) {
      started.reject(error);
      throw error;
    }
  };
  const looks = startPeriodic({ name: 'events', everyMs: lookMs, run, log });
  const comment = Buffer.from(COMMENT);
  const comments = setInterval(() => {
    for (const { send } of listeners) send(comment);
  }, commentMs);
  return {
    listeners,
    started: started.promise,
    stop: () => {
      clearInterval(comments);
      return looks.stop();
    },
  };
}

/** Makes a function that returns the events since its last call that succeeded. The first call has none. */
function openLook(warehouse: Warehouse, timeZone: string): () => Promise<EventTexts> {
  const seen = openSeenRows();
  let lookedAt = performance.now();
  return async () => {
    const begins = performance.now();
    const seconds = LATE_SECONDS + Math.ceil((begins - lookedAt) / 1000);
    const rows = await recentRows(warehouse, { seconds, ids: seen.active() });
    const changes = seen.changes(rows);
    const merges = changes.filter(endsDate).map(({ row }) => row);
    const texts = eventTexts(changes, await replacingMerges(warehouse, merges), timeZone);
    seen.remember(rows);
    lookedAt = begins;
    return texts;
  };
}

/** All listeners of a role share the bytes. */
function sendTexts(listeners: ReadonlySet<Listener>, texts: EventTexts): void {
  const chunks = { administrator: Buffer.from(texts.administrator), viewer: Buffer.from(texts.viewer) };
  for (const { role, send } of listeners) {
    if (chunks[role].length > 0) send(chunks[role]);
  }
}
