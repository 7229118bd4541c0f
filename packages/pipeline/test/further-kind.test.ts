import { dayOf, VIEW_COLUMNS } from '@etl/core';
import {
  documentedTables,
  fillSampleMoodle,
  loadedTables,
  SAMPLE_DEFAULTS,
  withConnection,
} from '@etl/local-stack';
import { PHP_VIEW_COLUMNS } from '@etl/warehouse';
import { type Kysely, sql } from 'kysely';
import { expect, inject, it, vi } from 'vitest';
import { openDatabases, runBatches } from './support.ts';

/** All modules of this file see the list with one more line, as the example in CONTRIBUTING.md adds it. */
vi.mock('../../core/src/view-kinds.ts', async (original) => {
  const { VIEW_KINDS } = await original<typeof import('@etl/core')>();
  const others = VIEW_KINDS.filter(({ component }) => component !== ('mod_h5pactivity' as string));
  return { VIEW_KINDS: [...others, { column: 'h5p_views', component: 'mod_h5pactivity', label: 'H5P' }] };
});

/** The migration of that example. The views for other tools, which name the column, come after it. */
vi.mock('../../warehouse/src/migrations/index.ts', async (original) => {
  const migrations = await original<typeof import('../../warehouse/src/migrations/index.ts')>();
  const { addColumnIfMissing } = await import('../../warehouse/src/migrations/repeatable.ts');
  const up = async (db: Kysely<unknown>) => {
    for (const table of ['activity_counts_etl', 'user_activity_etl', 'rollup_days', 'rollup_courses'])
      await addColumnIfMissing(db, table, 'h5p_views', sql`int(11) DEFAULT 0`);
  };
  return { ...migrations, MIGRATIONS: { ...migrations.MIGRATIONS, '9999-h5p-views': { up } } };
});

const DATE = '2024-01-15';
const ZONE = 'UTC';
const name = (url: string) => new URL(url).pathname.slice(1);

it('a kind of view that is added to the list is extracted, loaded and merged, and hides no lost view', async () => {
  expect(VIEW_COLUMNS).toContain('h5p_views');
  const databases = await openDatabases(inject('mysqlUrl'));
  try {
    const tables = await withConnection(databases.sourceUrl, async (source) => {
      const sample = { ...SAMPLE_DEFAULTS, courses: 30, rowsPerDay: 2000, dates: [DATE], timeZone: ZONE };
      await fillSampleMoodle(source, sample);
      await runBatches(databases, DATE, ZONE);
      // MySQL has no table of named zones.
      const day = { ...dayOf(DATE, ZONE), timeZone: '+00:00' };
      return {
        loaded: await loadedTables(source, name(databases.warehouseUrl), DATE),
        documented: await documentedTables(source, name(databases.sourceUrl), day),
      };
    });
    expect(tables.loaded).toEqual(tables.documented);
    const sum = (table: 'activity_counts_etl' | 'user_activity_etl', column: string) =>
      tables.loaded[table].reduce((total, row) => total + Number(row[column]), 0);
    expect(sum('activity_counts_etl', 'h5p_views')).toBeGreaterThan(20);
    expect(sum('user_activity_etl', 'h5p_views')).toBeGreaterThan(20);
    const kinds = VIEW_COLUMNS.map((column) => sum('user_activity_etl', column));
    expect(sum('user_activity_etl', 'total_views')).toBe(kinds.reduce((a, b) => a + b));

    // The PHP system read one view more of its six kinds. Views of the new kind do not make up for it.
    const phpViews = PHP_VIEW_COLUMNS.reduce((all, column) => all + sum('activity_counts_etl', column), 0);
    const rows = { read: phpViews + 1, counted: phpViews + 1, left_out: {} };
    const details = JSON.stringify({ time_zone: ZONE, adopted: true, rows });
    await sql`UPDATE log_scheduler SET details = ${details} WHERE batch_name = 'activity_counts'`.execute(
      databases.warehouse,
    );
    const rerun = () => runBatches(databases, DATE, ZONE, { batches: ['activity_counts'] });
    await expect(rerun()).rejects.toThrow(`${phpViews} of ${phpViews + 1} views are left`);
  } finally {
    await databases.close();
  }
});
