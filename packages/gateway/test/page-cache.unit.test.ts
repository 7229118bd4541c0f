import { describe, expect, it } from 'vitest';
import { openPageCache } from '../src/export/page-cache.ts';

/** A function that makes pages, and their number. */
function maker(bytes: number) {
  const state = { made: 0 };
  const make = async () => {
    state.made += 1;
    return Buffer.alloc(bytes, state.made);
  };
  return { state, make };
}

describe('page cache', () => {
  it('the page cache makes a page once for concurrent and later callers', async () => {
    const { getOrMake } = openPageCache();
    const { state, make } = maker(10);
    const pages = await Promise.all([getOrMake('a', make), getOrMake('a', make), getOrMake('a', make)]);
    expect(new Set(pages)).toEqual(new Set([Buffer.alloc(10, 1)]));
    expect(await getOrMake('a', make)).toBe(pages[0]);
    expect(state.made).toBe(1);
    await getOrMake('b', make);
    expect(state.made).toBe(2);
  });

  it('the page cache returns pages even if it has no room for any of them', async () => {
    const { getOrMake } = openPageCache({ maxBytes: 2000 });
    const { make } = maker(900);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const pages = await Promise.all(keys.map((key) => getOrMake(key, make)));
    expect(pages.map((page) => page.length)).toEqual([900, 900, 900, 900, 900]);
    const huge = await Promise.all(
      keys.map((key) => getOrMake(`huge ${key}`, async () => Buffer.alloc(2001))),
    );
    expect(huge.map((page) => page.length)).toEqual([2001, 2001, 2001, 2001, 2001]);
  });

  it('the page cache does not keep a failure', async () => {
    const { getOrMake } = openPageCache();
    const { state, make } = maker(10);
    const failing = () => Promise.reject(new Error('unreachable'));
    await expect(Promise.all([getOrMake('a', failing), getOrMake('a', failing)])).rejects.toThrow(
      'unreachable',
    );
    await getOrMake('a', make);
    expect(state.made).toBe(1);
  });
});
