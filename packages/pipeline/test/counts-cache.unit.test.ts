import { describe, expect, it } from 'vitest';
import { countsCache } from '../src/index.ts';

describe('the cache of counts', () => {
  it.each([
    ['id', { id: 2 }],
    ['run', { run_id: 'b' }],
    ['fence', { fence: 2 }],
  ])('rows are not those of a completed attempt with another %s', (_what, other) => {
    const { activity } = countsCache();
    const rows = [{ courseid: 1 }] as never[];
    activity.keep({ schedulerId: 1, runId: 'a', fence: 1 }, rows);
    expect(activity.of({ id: 1, run_id: 'a', fence: 1 })).toBe(rows);
    expect(activity.of({ id: 1, run_id: 'a', fence: 1, ...other })).toBeUndefined();
  });

  it('the oldest counts are forgotten first, and equal ones count once', () => {
    const { users } = countsCache();
    const rowsOf = (length: number) => Array.from({ length }, () => ({})) as never[];
    const attempt = (id: number) => ({ schedulerId: id, runId: 'a', fence: 1 });
    const held = () => [1, 2, 3, 4].filter((id) => users.of({ id, run_id: 'a', fence: 1 }));
    const shared = rowsOf(30_000);
    users.keep(attempt(1), shared);
    users.keep(attempt(2), shared);
    users.keep(attempt(3), rowsOf(20_000));
    expect(held()).toEqual([1, 2, 3]);
    users.keep(attempt(4), rowsOf(25_000));
    expect(held()).toEqual([3, 4]);
    users.keep(attempt(4), rowsOf(60_000));
    expect(held()).toEqual([]);
  });
});
