import { averageActivity } from '@etl/core';
import { divideExactly, withConnection } from '@etl/local-stack';
import fc from 'fast-check';
import type { RowDataPacket } from 'mysql2/promise';
import { expect, inject, it } from 'vitest';

it('averageActivity is the exact quotient, rounded half up, as MySQL calculates it', async () => {
  const cases = fc.sample(
    fc.tuple(fc.nat(2_000_000), fc.oneof(fc.nat(20), fc.nat(100_000)), fc.constantFrom(0, 1, 1, 1, 7, 30)),
    2000,
  );
  // Halves on the third place, where rounding is decided.
  cases.push([1, 200, 1], [3, 200, 1], [5, 1000, 1], [15, 1000, 1], [1005, 1000, 1], [1, 8, 1], [0, 1, 1]);
  const sql = cases
    .map(
      ([views, students, days]) =>
        `SELECT ROUND(${views} / NULLIF(${students}, 0) / NULLIF(${days}, 0), 2) AS a`,
    )
    .join(' UNION ALL ');
  const [rows] = await withConnection(inject('mysqlUrl'), (connection) =>
    divideExactly(connection).then(() => connection.query<RowDataPacket[]>(sql)),
  );
  expect(cases.map((numbers) => averageActivity(...numbers))).toEqual(rows.map(({ a }) => a));
});
