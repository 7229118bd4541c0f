import { expect, it } from 'vitest';
import { mapInSlices } from '../src/in-slices.ts';

/** Computes for a millisecond. */
function compute(): void {
  const began = performance.now();
  while (performance.now() - began < 1);
}

it('mapping a long list keeps its order and lets other work run in between', async () => {
  const items = Array.from({ length: 200 }, (_, index) => index);
  let breaks = 0;
  let isDone = false;
  const count = () => {
    breaks += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const doubled = await mapInSlices(items, (item) => {
    compute();
    return 2 * item;
  });
  isDone = true;
  expect(doubled).toEqual(items.map((item) => 2 * item));
  // A slice is five such items, and fewer if the machine is slow.
  expect(breaks).toBeGreaterThanOrEqual(200 / 6);
});

it('an error in the middle of a list rejects the promise', async () => {
  const failing = mapInSlices([1, 2], (item) => {
    if (item === 2) throw new Error('the second');
  });
  await expect(failing).rejects.toThrow('the second');
});
