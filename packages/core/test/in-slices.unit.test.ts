import { expect, it } from 'vitest';
import { mapInSlices } from '../src/in-slices.ts';

/** Computes for a millisecond. */
function compute(): void {
  const began = performance.now();
  while (performance.now() - began < 1);
}

it('a long list is transformed in order, and other work runs between its slices', async () => {
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
  // A slice is five such items, and fewer where the machine is slow.
  expect(breaks).toBeGreaterThanOrEqual(200 / 6);
});

it('an error in the middle of a list rejects', async () => {
  const failing = mapInSlices([1, 2], (item) => {
    if (item === 2) throw new Error('the second');
  });
  await expect(failing).rejects.toThrow('the second');
});
