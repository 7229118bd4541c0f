import { addDays, dayOf, ledgerFault } from '@etl/core';
import {
  createMoodleTables,
  documentedLedger,
  documentedLeftOut,
  documentedTables,
  fillSampleMoodle,
  fullLogRow,
  insertRows,
  loadedTables,
  loadNamedZones,
  SAMPLE_DEFAULTS,
  withConnection,
} from '@etl/local-stack';
import { completedRow, lastCompletedDate } from '@etl/warehouse';
import fc from 'fast-check';
import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { countsCache } from '../src/index.ts';
import { type GeneratedMoodle, generatedMoodle, ZONES, ZONES_AND_DATES } from './generated-moodle.ts';
import { type Databases, openDatabases, runBatches, SETTINGS } from './support.ts';

const GENERATED_MOODLES = 300;

let databases: Databases;
let connection: Connection;

const nameOf = (url: string) => new URL(url).pathname.slice(1);
const documentedAndOurs = async (date: string, timeZone: string) => ({
  documented: await documentedTables(connection, nameOf(databases.sourceUrl), dayOf(date, timeZone)),
  ours: await loadedTables(connection, nameOf(databases.warehouseUrl), date),
});

async function expectLedger(date: string, timeZone: string): Promise<void> {
  const merged = await completedRow(databases.warehouse, 'main_etl', date);
  const [source, day] = [nameOf(databases.sourceUrl), dayOf(date, timeZone)];
  const ledger = await documentedLedger(connection, source, day);
  expect(merged?.details.ledger).toEqual(ledger);
  expect(ledgerFault(ledger)).toBeUndefined();
  const leftOut = await databases.warehouse
    .selectFrom('left_out_courses')
    .selectAll()
    .where('extraction_date', '=', date)
    .execute();
  expect(
    Object.fromEntries(
      leftOut.map(({ moodle_course_id, reason, views }) => [moodle_course_id, { reason, views }]),
    ),
  ).toEqual(await expectedLeftOut(date, await documentedLeftOut(connection, source, day)));
}

/** Of dates older than the newest 8, courses without views are not stored. */
async function expectedLeftOut(date: string, all: Record<string, { views: number }>) {
  const newest = (await lastCompletedDate(databases.warehouse)) ?? date;
  const isOld = date < addDays(newest, -7);
  return Object.fromEntries(Object.entries(all).filter(([, { views }]) => views > 0 || !isOld));
}

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
  connection = await createConnection({
    uri: inject('mysqlUrl'),
    supportBigNumbers: true,
    dateStrings: true,
  });
  await loadNamedZones(connection, ZONES);
});

afterAll(async () => {
  await connection?.end();
  await databases?.close();
});

describe('documented SQL', () => {
  for (const [timeZone, date] of ZONES_AND_DATES) {
    it(`the tables and the ledger equal what the documented SQL gives for the sample Moodle, ${date} in ${timeZone}`, async () => {
      const before = Temporal.PlainDate.from(date).subtract({ days: 1 }).toString();
      const after = Temporal.PlainDate.from(date).add({ days: 1 }).toString();
      await withConnection(databases.sourceUrl, (source) =>
        fillSampleMoodle(source, {
          ...SAMPLE_DEFAULTS,
          courses: 60,
          rowsPerDay: 3000,
          dates: [before, date, after],
          timeZone,
        }),
      );
      // Forced, because the Moodle of the previous zone was another one.
      await runBatches(databases, date, timeZone, { force: true });
      const { documented, ours } = await documentedAndOurs(date, timeZone);
      expect(documented.activity_counts_etl.length).toBeGreaterThan(50);
      expect(documented.user_activity_etl.length).toBeGreaterThan(30);
      expect(ours).toEqual(documented);
      await expectLedger(date, timeZone);
    });
  }

  it(`the tables and the ledger equal what the documented SQL gives for ${GENERATED_MOODLES} generated Moodles`, async () => {
    await withConnection(databases.sourceUrl, async (source) => {
      await createMoodleTables(source, 'mdl_');
      // One worker runs all of them.
      const cache = countsCache();
      await fc.assert(
        fc.asyncProperty(generatedMoodle, async (moodle) => {
          await refill(source, moodle);
          // All runs use one warehouse: each must remove the rows of the one before.
          await runBatches(databases, moodle.date, moodle.timeZone, {
            // Every Moodle is another one, and can have fewer rows than the one before.
            force: true,
            cache,
            settings: { ...SETTINGS, batchSize: 3, mergeBatchSize: 2, rowsPerSlice: 5 },
          });
          const { documented, ours } = await documentedAndOurs(moodle.date, moodle.timeZone);
          expect(ours).toEqual(documented);
          await expectLedger(moodle.date, moodle.timeZone);
        }),
        { numRuns: GENERATED_MOODLES },
      );
    });
  });
});

async function refill(source: Connection, { rows, log }: GeneratedMoodle): Promise<void> {
  const tables = { ...rows, logstore_standard_log: log.map(fullLogRow) };
  for (const [table, content] of Object.entries(tables)) {
    await source.query(`DELETE FROM mdl_${table}`);
    await insertRows(source, `mdl_${table}`, content);
  }
}
