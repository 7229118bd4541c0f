import { type Logger, type Periodic, startPeriodic } from '@etl/core';
import { buildRollUpsAlone, type Warehouse } from '@etl/warehouse';

/** A call reads the daily rows of a stale part meanwhile, so nothing depends on this. */
const EVERY_MS = 30_000;

/** A backfill merges neighbouring dates: their month is built once, after the last of them. */
const SETTLED_SECONDS = 20;

/** Builds the roll-ups that are missing or stale, after the merges and outside their transactions. */
export function keepRollUps(warehouse: Warehouse, smallBelow: number, log: Logger): Periodic {
  return startPeriodic({
    name: 'roll-ups',
    everyMs: EVERY_MS,
    run: async (signal) => {
      const built = await buildRollUpsAlone(warehouse, {
        signal,
        settledSeconds: SETTLED_SECONDS,
        smallBelow,
      });
      if (built) log.debug({ built }, 'roll-ups built');
    },
    log,
  });
}
