import { describe, expect, it, vi } from 'vitest';
import { sharedCheck } from '../src/shared-check.ts';

/** A look that ends when the test says so. */
function slowLook() {
  const ends: PromiseWithResolvers<number>[] = [];
  const look = () => {
    const end = Promise.withResolvers<number>();
    ends.push(end);
    return end.promise;
  };
  return { ends, look };
}

describe('a shared look', () => {
  it('runs once for all that ask at the same time', async () => {
    const { ends, look } = slowLook();
    const ask = sharedCheck(look);
    const answers = Array.from({ length: 200 }, ask);
    ends[0]?.resolve(7);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([7]));
    expect(ends).toHaveLength(1);
  });

  it('gives its answer again while it is fresh, errors included, and looks anew afterwards', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      let looks = 0;
      const ask = sharedCheck(async () => {
        looks += 1;
        if (looks === 1) throw new Error('the database is down');
        return looks;
      });
      await expect(ask()).rejects.toThrow('the database is down');
      vi.advanceTimersByTime(999);
      await expect(ask()).rejects.toThrow('the database is down');
      vi.advanceTimersByTime(1);
      expect(await ask()).toBe(2);
      expect(await ask()).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not begun again while it runs, though those that asked wait no longer', async () => {
    const { ends, look } = slowLook();
    const ask = sharedCheck(look, { timeoutMs: 1, freshMs: 0 });
    await expect(ask()).rejects.toThrow('No answer within 1 ms');
    await expect(ask()).rejects.toThrow('No answer within 1 ms');
    expect(ends).toHaveLength(1);
    ends[0]?.resolve(1);
    await ends[0]?.promise;
    const next = ask();
    ends[1]?.resolve(2);
    expect(await next).toBe(2);
  });
});
