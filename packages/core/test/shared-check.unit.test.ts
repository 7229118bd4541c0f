import { describe, expect, it, vi } from 'vitest';
import { sharedCheck } from '../src/shared-check.ts';

/** A check that ends when the test says so. */
function slowCheck() {
  const ends: PromiseWithResolvers<number>[] = [];
  const check = () => {
    const end = Promise.withResolvers<number>();
    ends.push(end);
    return end.promise;
  };
  return { ends, check };
}

describe('shared check', () => {
  it('a shared check runs once for all concurrent callers', async () => {
    const { ends, check } = slowCheck();
    const ask = sharedCheck(check);
    const answers = Array.from({ length: 200 }, ask);
    ends[0]?.resolve(7);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([7]));
    expect(ends).toHaveLength(1);
  });

  it('a shared check reuses a fresh answer, also an error, and runs again afterwards', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      let checks = 0;
      const ask = sharedCheck(async () => {
        checks += 1;
        if (checks === 1) throw new Error('the database is down');
        return checks;
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

  it('a shared check does not start again while it runs, even if its callers have timed out', async () => {
    const { ends, check } = slowCheck();
    const ask = sharedCheck(check, { timeoutMs: 1, freshMs: 0 });
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
