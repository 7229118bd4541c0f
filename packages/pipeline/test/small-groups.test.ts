import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { daySums, onSnapshot } from '@etl/warehouse';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches, SETTINGS } from './support.ts';

const DATE = '2024-01-15';
const BELOW = 20;

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
  await withConnection(databases.sourceUrl, (source) =>
    fillSampleMoodle(source, {
      ...SAMPLE_DEFAULTS,
      courses: 40,
      rowsPerDay: 500,
      dates: [DATE],
      timeZone: 'UTC',
    }),
  );
});

afterAll(() => databases?.close());

it('a merge stores the sums of its date without small rows, and viewers read them', async () => {
  const { warehouse } = databases;
  await runBatches(databases, DATE, 'UTC', { settings: { ...SETTINGS, smallBelow: BELOW } });
  const rows = await warehouse
    .selectFrom('user_activity_etl')
    .select(['category_id', 'total_views', 'num_students'])
    .execute();
  const categories = [...new Set(rows.map(({ category_id }) => category_id))];
  const read = async (smallBelow: number) => {
    const scope = { categories, smallBelow };
    const [day] = await onSnapshot(warehouse, (snapshot) =>
      daySums({ snapshot, scope, from: DATE, to: DATE }),
    );
    return [day?.courses ?? 0, day?.views.total_views ?? 0];
  };
  const sumsOf = (smallBelow: number) => {
    const shown = rows.filter(({ num_students }) => Number(num_students) >= smallBelow);
    return [shown.length, shown.reduce((sum, { total_views }) => sum + total_views, 0)];
  };
  const [all, shown] = [sumsOf(0), sumsOf(BELOW)];
  expect(shown[0]).toBeGreaterThan(0);
  expect(shown[0]).toBeLessThan(all[0] as number);
  for (const least of [0, BELOW, BELOW + 10]) expect(await read(least)).toEqual(sumsOf(least));
  // No merge deletes rows like this. What is still found was read from the stored sums of the merge.
  await warehouse.deleteFrom('user_activity_etl').execute();
  expect([await read(0), await read(BELOW), await read(BELOW + 10)]).toEqual([all, shown, [0, 0]]);
});
