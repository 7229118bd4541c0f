import { onSnapshot, type Warehouse, withLock } from '../warehouse.ts';
import { type BuildOptions, buildRollUps } from './build.ts';
import { dueParts } from './due-parts.ts';

/** Longer than building all parts of the largest warehouse. */
const LONGEST_SECONDS = 6 * 3600;

/**
 * Builds the parts that are due, unless another process builds some now. Returns how many, or undefined if another
 * process has the lock.
 */
export async function buildRollUpsAlone(
  warehouse: Warehouse,
  options: BuildOptions = {},
): Promise<number | undefined> {
  const due = await onSnapshot(warehouse, (snapshot) => dueParts(snapshot, options));
  if (due.length === 0) return 0;
  let built = 0;
  const lock = { name: 'roll-ups', waitSeconds: 0, longestSeconds: LONGEST_SECONDS };
  const isOurs = await withLock(warehouse, lock, async () => {
    built = await buildRollUps(warehouse, options);
  });
  return isOurs ? built : undefined;
}
