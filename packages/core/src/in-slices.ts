import { setImmediate } from 'node:timers/promises';

/** How long a computation may hold the process. Several of them may run in the same turn of the event loop. */
const SLICE_MS = 5;

/**
 * Calls `act` for each item, in order. Between slices of a few milliseconds the process serves everything else that waits: a
 * long list never holds the event loop.
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

/** `items`, each transformed by `transform`, in order and in slices. */
export async function mapInSlices<Item, Result>(
  items: readonly Item[],
  transform: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  await forEachInSlices(items, (item) => results.push(transform(item)));
  return results;
}
