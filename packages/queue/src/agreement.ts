import { setTimeout as sleep } from 'node:timers/promises';
import { asError, type Config, EtlError, type Logger } from '@etl/core';
import type { Queues } from './queues.ts';

/** What decides on what figures mean: the same in all processes, or those of one would be worth nothing beside those of another. */
export type Meaning = Pick<Config, 'ETL_TIMEZONE' | 'ETL_STUDENT_ROLE_IDS' | 'ETL_TEACHER_ROLE_IDS'>;

/** Workers that are gone are believed for so many leases. */
const LEASES_BELIEVED = 3;

const RETRY_MS = 1000;

/**
 * What of these settings is another than in the workers that run, in words; undefined where nothing is, or none runs. Throws where Redis
 * is away.
 */
export async function whatDiffers(queues: Queues, settings: Partial<Meaning>): Promise<string | undefined> {
  const theirs = await queues.meaning();
  if (!theirs) return undefined;
  const differences = (Object.keys(theirs) as (keyof Meaning)[]).flatMap((name) => {
    const [mine, other] = [settings[name], theirs[name]].map((value) => inOrder(value)?.toString());
    return mine === undefined || mine === other
      ? []
      : [`${name} is ${mine} here, and ${other} in the workers that run`];
  });
  return differences.length === 0
    ? undefined
    : `${differences.join('; ')}: set it alike everywhere, and start again`;
}

function inOrder(value: Meaning[keyof Meaning] | undefined) {
  return Array.isArray(value) ? value.toSorted((a, b) => a - b) : value;
}

/** Throws QUEUE_UNAVAILABLE where the zone is another than in the workers that run: days would begin at another hour. */
export async function requireSameZone(
  queues: Queues,
  { ETL_TIMEZONE }: Pick<Config, 'ETL_TIMEZONE'>,
): Promise<void> {
  const difference = await whatDiffers(queues, { ETL_TIMEZONE });
  if (difference) throw new EtlError('QUEUE_UNAVAILABLE', difference);
}

/** A worker's agreement with the others. */
export interface Agreement {
  /** Throws where others are set in another way. */
  check(): void;
  stop(): Promise<void>;
}

/**
 * Tells the other workers, for as long as this one lives, what figures mean to it, and calls `begin` once none of them says otherwise: the
 * first that runs is right. The settings of those that are gone are forgotten after three leases.
 */
export function keepAgreement(
  queues: Queues,
  config: Meaning & Pick<Config, 'ETL_LEASE_SECONDS'>,
  log: Logger,
  begin: () => void,
): Agreement {
  const stopped = new AbortController();
  let difference: string | undefined;
  let hasBegun = false;
  const round = async () => {
    const { ETL_TIMEZONE, ETL_STUDENT_ROLE_IDS, ETL_TEACHER_ROLE_IDS } = config;
    const mine: Meaning = { ETL_TIMEZONE, ETL_STUDENT_ROLE_IDS, ETL_TEACHER_ROLE_IDS };
    const seconds = LEASES_BELIEVED * config.ETL_LEASE_SECONDS;
    await queues.tellMeaning(mine, seconds, 'where nobody has');
    const before = difference;
    difference = await whatDiffers(queues, mine);
    if (difference) {
      if (!before)
        log.error({ why: difference }, 'this worker would make other figures than the rest: it waits');
      return;
    }
    await queues.tellMeaning(mine, seconds);
    if (!hasBegun && !stopped.signal.aborted) begin();
    hasBegun = true;
  };
  const rounds = (async () => {
    // A process that has only just started has no connection yet, which is no outage.
    await queues.waitUntilConnected().catch(() => {});
    while (!stopped.signal.aborted) {
      await round().catch((error: unknown) => log.debug({ err: asError(error) }, 'settings not compared'));
      const pause = hasBegun && !difference ? (config.ETL_LEASE_SECONDS * 1000) / 2 : RETRY_MS;
      await sleep(pause, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();
  return {
    check: () => {
      if (difference) throw new Error(difference);
    },
    stop: async () => {
      stopped.abort();
      await rounds;
    },
  };
}
