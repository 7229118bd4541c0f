import { expect, it } from 'vitest';
import { withoutValues } from '../src/statement-spans.ts';

it.each([
  ['select `a2` from `mdl_log` where id = ?', 'select `a2` from `mdl_log` where id = ?'],
  ['INSERT INTO t (a)\n   VALUES (?,12,0),(?,-1.5,3e7)', 'INSERT INTO t (a) VALUES (?,?,?),(?,-?,?)'],
  ["SET x = 'it''s', y = 'a\\'b', z = \"c\\\"d\"", 'SET x = ??, y = ?, z = ?'],
  ['SELECT 0x736563726574, 1.5e+3', 'SELECT ?, ?+?'],
])('a span shows a statement without its values: %s', (sql, shown) => {
  expect(withoutValues(sql)).toBe(shown);
});

it('a span cuts a long statement and shows nothing of a string that is cut', () => {
  expect(withoutValues(`INSERT INTO t VALUES ${'(?,?),'.repeat(1_000_000)}`)).toHaveLength(300);
  expect(withoutValues(`SELECT '${'secret '.repeat(1000)}'`)).toBe('SELECT ?');
});
