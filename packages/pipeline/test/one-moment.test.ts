import type { Batch } from '@etl/core';
import { dayOf } from '@etl/core';
import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches } from './support.ts';

const DATE = '2024-01-15';
const day = dayOf(DATE, 'UTC');

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
});

afterAll(() => databases?.close());

beforeEach(() =>
  withConnection(databases.sourceUrl, async (source) => {
    await source.query('DROP TABLE IF EXISTS mdl_config');
    await fillSampleMoodle(source, {
      ...SAMPLE_DEFAULTS,
      courses: 40,
      rowsPerDay: 3000,
      dates: ['2024-01-14', DATE, '2024-01-16'],
      timeZone: 'UTC',
    });
  }),
);

/** Writes to the source in the middle of each batch: rows that it reads are deleted, changed and added. */
const DISTURBANCES: Record<Batch, string[]> = {
  activity_counts: [
    `DELETE FROM mdl_logstore_standard_log WHERE timecreated < ${day.start + 50_000}`,
    `UPDATE mdl_logstore_standard_log SET timecreated = timecreated + 86400 WHERE courseid = 5`,
    `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel, contextinstanceid,
       userid, courseid, timecreated)
     SELECT 'mod_page', 'viewed', 2, 1, 70, 1, 5, id, ${day.start + 5} FROM mdl_course`,
  ],
  user_counts: [
    'DELETE FROM mdl_role_assignments WHERE userid % 2 = 0',
    'DELETE FROM mdl_context WHERE contextlevel = 50 AND instanceid > 20',
  ],
  main_etl: [
    'DELETE FROM mdl_course WHERE id > 20',
    "UPDATE mdl_course SET fullname = 'Renamed', visible = 1",
    'UPDATE mdl_course_categories SET idnumber = NULL',
  ],
};

const TABLES = {
  activity_counts: 'activity_counts_etl',
  user_counts: 'user_counts_etl',
  main_etl: 'user_activity_etl',
} as const;

const SETTINGS = {
  batchSize: 7,
  mergeBatchSize: 7,
  smallBelow: 0,
  rowsPerSlice: 100,
  roles: { students: [5], teachers: [3, 4] },
};

async function loaded(batch: Batch) {
  const rows = await databases.warehouse
    .selectFrom(TABLES[batch])
    .selectAll()
    .where('extraction_date', '=', DATE)
    .execute();
  return new Set(rows.map(({ id, created_at, updated_at, ...columns }) => columns));
}

describe('activity_counts', () => {
  it('pauses between two slices while the source load is high', async () => {
    const { source } = databases;
    const limits = { ...source.limits };
    const messages: string[] = [];
    const log = pino(
      { level: 'info' },
      {
        write: (line) => {
          messages.push(JSON.parse(line).msg);
          limits.threadsRunning = source.limits.threadsRunning;
        },
      },
    );
    let reports = 0;
    await runBatches({ ...databases, source: { ...source, limits, log } }, DATE, 'UTC', {
      batches: ['activity_counts'],
      settings: SETTINGS,
      progress: async () => {
        reports += 1;
        // The check itself is one running statement.
        if (reports === 3) limits.threadsRunning = 0;
      },
    });
    expect(messages).toEqual(['source load is high, pausing', 'source load is low again, resuming']);
  });
});

describe('a batch reads one moment of the source while other sessions write', () => {
  it.each([
    ['activity_counts', 1],
    ['activity_counts', 2],
    ['user_counts', 2],
    ['main_etl', 2],
  ] as const)('%s, from report %i on', async (batch, disturbedAt) => {
    const undisturbed = await runBatches(databases, DATE, 'UTC', { settings: SETTINGS });
    const expected = await loaded(batch);
    expect(expected.size).toBeGreaterThan(20);

    let reports = 0;
    const disturbed = await runBatches(databases, DATE, 'UTC', {
      batches: [batch],
      settings: SETTINGS,
      progress: async () => {
        reports += 1;
        if (reports !== disturbedAt) return;
        await withConnection(databases.sourceUrl, async (source) => {
          for (const statement of DISTURBANCES[batch]) await source.query(statement);
        });
      },
    });
    expect(reports).toBeGreaterThan(3);
    expect(await loaded(batch)).toEqual(expected);
    const timeless = (findings: object | undefined) => ({ ...findings, user_counts_as_of: null });
    expect(timeless(disturbed.get(batch))).toEqual(timeless(undisturbed.get(batch)));

    // The next run sees the writes.
    await runBatches(databases, DATE, 'UTC', { settings: SETTINGS, force: true });
    expect(await loaded(batch)).not.toEqual(expected);
  });

  it('a batch that fails leaves no transaction open', async () => {
    const failing = runBatches(databases, DATE, 'UTC', {
      batches: ['activity_counts'],
      settings: SETTINGS,
      progress: async (offset) => {
        if (offset > 1000) throw new Error('lease lost');
      },
    });
    await expect(failing).rejects.toThrow('lease lost');
    // The next batch uses the same connections and must see the newest state.
    await withConnection(databases.sourceUrl, (source) =>
      source.query('DELETE FROM mdl_logstore_standard_log'),
    );
    await databases.warehouse.deleteFrom('log_scheduler').execute();
    await runBatches(databases, DATE, 'UTC', { settings: SETTINGS });
    expect(await loaded('activity_counts')).toEqual(new Set());
  });
});
