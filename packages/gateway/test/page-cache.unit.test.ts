import { describe, expect, it } from 'vitest';
import { openPageCache } from '../src/export/page-cache.ts';

/** What makes pages, and how many it has made. */
function maker(bytes: number) {
  const state = { made: 0 };
  const make = async () => {
    state.made += 1;
    return Buffer.alloc(bytes, state.made);
  };
  return { state, make };
}

const there = () => true;
const gone = () => false;

describe('the pages that are kept', () => {
  it('are made once for all that ask at the same time, and for all that ask later', async () => {
    const cached = openPageCache();
    const { state, make } = maker(10);
    const pages = await Promise.all([
      cached('a', make, there),
      cached('a', make, there),
      cached('a', make, there),
    ]);
    expect(new Set(pages)).toEqual(new Set([Buffer.alloc(10, 1)]));
    expect(await cached('a', make, there)).toBe(pages[0]);
    expect(state.made).toBe(1);
    await cached('b', make, there);
    expect(state.made).toBe(2);
  });

  it('are given to all that ask, also where there is room for none of them', async () => {
    const cached = openPageCache({ mostBytes: 2000 });
    const { make } = maker(900);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const pages = await Promise.all(keys.map((key) => cached(key, make, there)));
    expect(pages.map((page) => page.length)).toEqual([900, 900, 900, 900, 900]);
    const huge = await Promise.all(
      keys.map((key) => cached(`huge ${key}`, async () => Buffer.alloc(2001), there)),
    );
    expect(huge.map((page) => page.length)).toEqual([2001, 2001, 2001, 2001, 2001]);
  });

  it('are not those that could not be made', async () => {
    const cached = openPageCache();
    const { state, make } = maker(10);
    const failing = () => Promise.reject(new Error('away'));
    await expect(Promise.all([cached('a', failing, there), cached('a', failing, there)])).rejects.toThrow(
      'away',
    );
    await cached('a', make, there);
    expect(state.made).toBe(1);
  });

  it('are not made for those that have gone before their turn', async () => {
    const cached = openPageCache();
    const { state, make } = maker(10);
    const left = cached('left', make, gone);
    const shared = [cached('shared', make, gone), cached('shared', make, there)];
    await expect(left).rejects.toThrow('gone');
    expect(await Promise.all(shared)).toHaveLength(2);
    expect(state.made).toBe(1);
  });

  it('are made a few at a time', async () => {
    const cached = openPageCache();
    let making = 0;
    let most = 0;
    const make = async () => {
      most = Math.max(most, ++making);
      await new Promise(setImmediate);
      making -= 1;
      return Buffer.alloc(1);
    };
    await Promise.all(Array.from({ length: 20 }, (_, key) => cached(String(key), make, there)));
    expect(most).toBe(3);
  });
});
