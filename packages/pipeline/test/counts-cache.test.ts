import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { countsCache } from '../src/index.ts';
import { type Databases, openDatabases, runBatches } from './support.ts';

const DATE = '2024-01-15';
const NEXT = '2024-01-16';

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
});

afterAll(() => databases?.close());

beforeEach(async () => {
  await databases.warehouse.deleteFrom('log_scheduler').execute();
  await withConnection(databases.sourceUrl, async (source) => {
    await source.query('DROP TABLE IF EXISTS mdl_config');
    await fillSampleMoodle(source, { ...SAMPLE_DEFAULTS, courses: 20, rowsPerDay: 500, timeZone: 'UTC' });
  });
});

/** No real count is so large: a merge with it has read the warehouse. Views would not add up to the log's rows. */
const MARK = 7777;

/** Marks the counts in the warehouse, so that one sees which counts a merge takes. */
async function mark(): Promise<void> {
  await sql`UPDATE activity_counts_etl SET active_days = ${MARK}`.execute(databases.warehouse);
  await sql`UPDATE user_counts_etl SET num_students = ${MARK}`.execute(databases.warehouse);
}

const markBeforeMerge = async (batch: string) => {
  if (batch === 'main_etl') await mark();
};

/** Of which counts the merged rows of a date have the mark. */
async function marked(date = DATE) {
  const rows = await databases.warehouse
    .selectFrom('user_activity_etl')
    .select(['active_days', 'num_students'])
    .where('extraction_date', '=', date)
    .execute();
  expect(rows.length).toBeGreaterThan(5);
  return {
    activity: rows.some(({ active_days }) => active_days === MARK),
    users: rows.some(({ num_students }) => num_students === MARK),
  };
}

const run = (options: Parameters<typeof runBatches>[3], date = DATE) =>
  runBatches(databases, date, 'UTC', { force: true, ...options });

describe('the cache of counts', () => {
  it('a merge takes the counts of its run that the same worker has loaded, and does not read them', async () => {
    await run({ cache: countsCache(), before: markBeforeMerge });
    expect(await marked()).toEqual({ activity: false, users: false });
  });

  it('a worker that has started again reads the counts from the warehouse', async () => {
    await run({ cache: () => countsCache(), before: markBeforeMerge });
    expect(await marked()).toEqual({ activity: true, users: true });
  });

  it('a merge reads those counts from the warehouse that another worker has loaded', async () => {
    const [own, other] = [countsCache(), countsCache()];
    const workerOf = (batch: string) => (batch === 'user_counts' ? other : own);
    await run({ cache: workerOf, before: markBeforeMerge });
    expect(await marked()).toEqual({ activity: false, users: true });
  });

  it('a merge reads the counts that another worker has loaded again since, not the cached ones', async () => {
    const own = countsCache();
    await run({ cache: own });
    const workerOf = (batch: string) => (batch === 'main_etl' ? own : countsCache());
    await run({ cache: workerOf, before: markBeforeMerge });
    expect(await marked()).toEqual({ activity: true, users: true });
  });

  it('a run of the merge alone reads the counts of the earlier run from the warehouse', async () => {
    const own = countsCache();
    await run({ cache: own });
    await run({ cache: own, batches: ['main_etl'], before: markBeforeMerge });
    expect(await marked()).toEqual({ activity: true, users: true });
  });

  it('a run of one counting batch and the merge reads the counts of the other batch', async () => {
    const own = countsCache();
    await run({ cache: own });
    await run({ cache: own, batches: ['user_counts', 'main_etl'], before: markBeforeMerge });
    expect(await marked()).toEqual({ activity: true, users: false });
  });

  it('a forced run takes its own counts, not those that the worker holds of the run before', async () => {
    const own = countsCache();
    await run({ cache: own });
    await withConnection(databases.sourceUrl, (source) =>
      source.query('DELETE FROM mdl_logstore_standard_log'),
    );
    await run({ cache: own });
    const rows = databases.warehouse.selectFrom('user_activity_etl').select('total_views');
    const views = await rows.where('extraction_date', '=', DATE).execute();
    expect(new Set(views.map(({ total_views }) => total_views))).toEqual(new Set([0]));
  });

  it('a run that finds the log purged leaves the cached counts as they are', async () => {
    const own = countsCache();
    const merged = () =>
      databases.warehouse.selectFrom('user_activity_etl').selectAll().orderBy('id').execute();
    await run({ cache: own });
    const before = await merged();
    await withConnection(databases.sourceUrl, (source) =>
      source.query('DELETE FROM mdl_logstore_standard_log'),
    );
    await expect(run({ cache: own, force: false })).rejects.toThrow('no longer holds');
    await databases.warehouse.deleteFrom('log_scheduler').where('status', '<>', 1).execute();
    await run({ cache: own, batches: ['main_etl'] });
    expect(await merged()).toEqual(before);
  });

  it('a backfill takes the enrolment counts that the same worker has loaded for another date', async () => {
    const own = countsCache();
    const backfill = { trigger: 'backfill', requestedAgo: 10 } as const;
    await run({ cache: own, ...backfill });
    await mark();
    await run({ cache: own, ...backfill }, NEXT);
    expect(await marked(NEXT)).toEqual({ activity: false, users: false });
    await run({ cache: countsCache(), ...backfill }, NEXT);
    expect(await marked(NEXT)).toEqual({ activity: false, users: false });
  });

  it('a backfill of a worker that has started again reads the enrolment counts from the warehouse', async () => {
    const backfill = { trigger: 'backfill', requestedAgo: 10 } as const;
    await run(backfill);
    await mark();
    await run(backfill, NEXT);
    expect(await marked(NEXT)).toEqual({ activity: false, users: true });
  });
});
