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

const heads = async (date: string) => new Set(await userCountsOf(databases.warehouse, date));

/** Everybody leaves: whoever counts now finds nobody. */
const empty = () =>
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

describe('the heads of a backfill', () => {
  it('are counted once for all its days, and each says when', async () => {
    await countEnrolments(FIRST, { trigger: 'backfill', askedAgo: 10 });
    const counted = await heads(FIRST);
    expect(counted.size).toBeGreaterThan(15);
    await empty();
    for (const trigger of ['backfill', 'catch_up'] as const) {
      await countEnrolments(SECOND, { trigger, askedAgo: 10 });
      expect(await heads(SECOND)).toEqual(counted);
      expect(await asOf(SECOND)).toBe(await asOf(FIRST));
    }
    // A copy of a copy is still of the first moment.
    await runBatches(databases, '2024-01-14', 'UTC', { trigger: 'backfill', askedAgo: 10 });
    expect(await heads('2024-01-14')).toEqual(counted);
    expect(await asOf('2024-01-14')).toBe(await asOf(FIRST));
  });

  it.each<[string, Options]>([
    ['that was asked for after they were counted', { trigger: 'backfill', askedAgo: 0 }],
    [
      'of another set of roles',
      {
        trigger: 'backfill',
        askedAgo: 10,
        settings: { ...SETTINGS, roles: { students: [5], teachers: [3] } },
      },
    ],
    ['of the command', { trigger: 'cli', askedAgo: 10 }],
    ['that is retried', { trigger: 'backfill', askedAgo: 10, tries: 1 }],
    ['of a person for today', { trigger: 'api', askedAgo: 10 }],
  ])('are not those of a run %s', async (_which, options) => {
    await countEnrolments(FIRST, { trigger: 'backfill', askedAgo: 10 });
    await empty();
    await countEnrolments(SECOND, options);
    expect(await heads(SECOND)).toEqual(new Set());
  });

  it('are those that were counted last', async () => {
    await countEnrolments(FIRST, { trigger: 'backfill', askedAgo: 10 });
    await empty();
    await countEnrolments('2024-01-14', { trigger: 'cli' });
    await countEnrolments(SECOND, { trigger: 'backfill', askedAgo: 10 });
    expect(await heads(SECOND)).toEqual(new Set());
  });

  it('are counted anew after a quarter of an hour', async () => {
    await countEnrolments(FIRST, { trigger: 'backfill', askedAgo: 3600 });
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
    await empty();
    await countedAt(minutesAgo(14));
    await countEnrolments(SECOND, { trigger: 'backfill', askedAgo: 3600 });
    expect((await heads(SECOND)).size).toBeGreaterThan(15);
    await databases.warehouse.deleteFrom('log_scheduler').where('extraction_date', '=', SECOND).execute();
    await countedAt(minutesAgo(16));
    await countEnrolments(SECOND, { trigger: 'backfill', askedAgo: 3600 });
    expect(await heads(SECOND)).toEqual(new Set());
  });
});
