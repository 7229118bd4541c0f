import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { userCountsOf } from '@etl/warehouse';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches, SETTINGS } from './support.ts';

const FIRST = '2024-01-15';
const SECOND = '2024-01-16';

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

type Options = Parameters<typeof runBatches>[3];

const countEnrolments = (date: string, options: Options) =>
  runBatches(databases, date, 'UTC', { batches: ['user_counts'], ...options });

const counted = async (date: string) => new Set(await userCountsOf(databases.warehouse, date));

/** Ends all enrolments: a later count finds none. */
const endEnrolments = () =>
  withConnection(databases.sourceUrl, (source) => source.query('DELETE FROM mdl_role_assignments'));

const asOf = async (date: string) => {
  const { details } = await databases.warehouse
    .selectFrom('log_scheduler')
    .select('details')
    .where('extraction_date', '=', date)
    .where('batch_name', '=', 'user_counts')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  return JSON.parse(details).user_counts_as_of as string;
};

describe('enrolment counts of a backfill', () => {
  it('the enrolment counts of a backfill are counted once for all its days, and each day records the time', async () => {
    await countEnrolments(FIRST, { trigger: 'backfill', requestedAgo: 10 });
    const first = await counted(FIRST);
    expect(first.size).toBeGreaterThan(15);
    await endEnrolments();
    for (const trigger of ['backfill', 'catch_up'] as const) {
      await countEnrolments(SECOND, { trigger, requestedAgo: 10 });
      expect(await counted(SECOND)).toEqual(first);
      expect(await asOf(SECOND)).toBe(await asOf(FIRST));
    }
    // A copy of a copy keeps the time of the first count.
    await runBatches(databases, '2024-01-14', 'UTC', { trigger: 'backfill', requestedAgo: 10 });
    expect(await counted('2024-01-14')).toEqual(first);
    expect(await asOf('2024-01-14')).toBe(await asOf(FIRST));
  });

  it.each<[string, Options]>([
    ['that was requested after the count', { trigger: 'backfill', requestedAgo: 0 }],
    [
      'with other roles',
      {
        trigger: 'backfill',
        requestedAgo: 10,
        settings: { ...SETTINGS, roles: { students: [5], teachers: [3] } },
      },
    ],
    ['of the command line', { trigger: 'cli', requestedAgo: 10 }],
    ['that is retried', { trigger: 'backfill', requestedAgo: 10, attempts: 1 }],
    ['of the API for today', { trigger: 'api', requestedAgo: 10 }],
  ])('the enrolment counts of a backfill are not reused by a run %s', async (_which, options) => {
    await countEnrolments(FIRST, { trigger: 'backfill', requestedAgo: 10 });
    await endEnrolments();
    await countEnrolments(SECOND, options);
    expect(await counted(SECOND)).toEqual(new Set());
  });

  it('the enrolment counts of a backfill are those of the newest count', async () => {
    await countEnrolments(FIRST, { trigger: 'backfill', requestedAgo: 10 });
    await endEnrolments();
    await countEnrolments('2024-01-14', { trigger: 'cli' });
    await countEnrolments(SECOND, { trigger: 'backfill', requestedAgo: 10 });
    expect(await counted(SECOND)).toEqual(new Set());
  });

  it('the enrolment counts of a backfill are counted again after a quarter of an hour', async () => {
    await countEnrolments(FIRST, { trigger: 'backfill', requestedAgo: 3600 });
    const minutesAgo = (minutes: number) =>
      Temporal.Now.instant()
        .subtract({ minutes })
        .toString({ smallestUnit: 'second' })
        .slice(0, 19)
        .replace('T', ' ');
    const countedAt = async (time: string) => {
      const before = await asOf(FIRST);
      const row = databases.warehouse.selectFrom('log_scheduler').select(['id', 'details']);
      const { id, details } = await row.where('extraction_date', '=', FIRST).executeTakeFirstOrThrow();
      await databases.warehouse
        .updateTable('log_scheduler')
        .set({ details: details.replace(before, time) })
        .where('id', '=', id)
        .execute();
    };
    await endEnrolments();
    await countedAt(minutesAgo(14));
    await countEnrolments(SECOND, { trigger: 'backfill', requestedAgo: 3600 });
    expect((await counted(SECOND)).size).toBeGreaterThan(15);
    await databases.warehouse.deleteFrom('log_scheduler').where('extraction_date', '=', SECOND).execute();
    await countedAt(minutesAgo(16));
    await countEnrolments(SECOND, { trigger: 'backfill', requestedAgo: 3600 });
    expect(await counted(SECOND)).toEqual(new Set());
  });
});
