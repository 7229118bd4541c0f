import { setImmediate } from 'node:timers/promises';

/** How long a computation may block the event loop. Several of them can run in the same turn of it. */
const SLICE_MS = 5;

/**
 * Calls `act` for each item, in order. It yields to the event loop every few milliseconds, so a long list does not
 * block it.
 */
export async function forEachInSlices<Item>(
  items: readonly Item[],
  act: (item: Item) => unknown,
): Promise<void> {
  let began = performance.now();
  for (const item of items) {
    act(item);
    if (performance.now() - began < SLICE_MS) continue;
    await setImmediate();
    began = performance.now();
  }
}

/** Maps `items` in order and in slices. */
export async function mapInSlices<Item, Result>(
  items: readonly Item[],
  transform: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  await forEachInSlices(items, (item) => results.push(transform(item)));
  return results;
}
