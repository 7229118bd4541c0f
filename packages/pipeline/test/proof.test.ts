import { dayOf, VIEW_COLUMNS } from '@etl/core';
import {
  createMoodleTables,
  fillSampleMoodle,
  fullLogRow,
  insertRows,
  SAMPLE_DEFAULTS,
  withConnection,
} from '@etl/local-stack';
import { type OnPage, PROVED, type Proof, prove, recount } from '@etl/proof';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { generatedMoodle } from './generated-moodle.ts';
import { type Databases, openDatabases, runBatches, SETTINGS } from './support.ts';

const GENERATED_MOODLES = 60;
const DATE = '2024-01-15';
const ZONE = 'Asia/Jakarta';
const day = dayOf(DATE, ZONE);

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
});

afterAll(() => databases?.close());

const proof = (date = DATE, onPage: OnPage = () => {}): Promise<Proof> =>
  prove(
    {
      ...databases,
      roles: SETTINGS.roles,
      signal: new AbortController().signal,
      pageSizes: { logRows: 15, courses: 3 },
    },
    date,
    onPage,
  );

const onSource = (work: (connection: Connection) => Promise<unknown>) =>
  withConnection(databases.sourceUrl, work);

async function sample(): Promise<void> {
  await onSource((source) =>
    fillSampleMoodle(source, {
      ...SAMPLE_DEFAULTS,
      courses: 60,
      rowsPerDay: 3000,
      dates: [DATE],
      timeZone: ZONE,
    }),
  );
  await runBatches(databases, DATE, ZONE, { force: true });
}

it(`the proof of ${GENERATED_MOODLES} generated Moodles finds no difference, and finds each count that was changed`, async () => {
  let changed = 0;
  await onSource(async (source) => {
    await createMoodleTables(source, 'mdl_');
    const anyCell = fc.record({
      row: fc.nat(),
      column: fc.constantFrom(...PROVED),
      by: fc.constantFrom(1, 7),
    });
    await fc.assert(
      fc.asyncProperty(
        generatedMoodle,
        anyCell,
        async ({ rows, log, date, timeZone }, { row, column, by }) => {
          for (const [table, content] of Object.entries({
            ...rows,
            logstore_standard_log: log.map(fullLogRow),
          })) {
            await source.query(`DELETE FROM mdl_${table}`);
            await insertRows(source, `mdl_${table}`, content);
          }
          await runBatches(databases, date, timeZone, { force: true });
          const before = await proof(date);
          expect([before.differences, before.changed_since]).toEqual([[], []]);
          expect(before.counts).toBe(before.courses * (VIEW_COLUMNS.length + 2));
          const merged = await databases.warehouse
            .selectFrom('user_activity_etl')
            .select(['id', 'moodle_course_id', column])
            .where('extraction_date', '=', date)
            .orderBy('id')
            .execute();
          const one = merged[row % (merged.length || 1)];
          if (!one) return;
          changed += 1;
          await sql`UPDATE user_activity_etl SET ${sql.ref(column)} = ${sql.ref(column)} + ${by} WHERE id = ${one.id}`.execute(
            databases.warehouse,
          );
          const moodle = Number(one[column]);
          expect((await proof(date)).differences).toEqual([
            {
              moodle_course_id: one.moodle_course_id,
              table: 'user_activity_etl',
              metric: column,
              warehouse: moodle + by,
              moodle,
            },
          ]);
          await sql`UPDATE user_activity_etl SET ${sql.ref(column)} = ${moodle} WHERE id = ${one.id}`.execute(
            databases.warehouse,
          );
        },
      ),
      { numRuns: GENERATED_MOODLES },
    );
  });
  expect(changed).toBeGreaterThan(GENERATED_MOODLES / 3);
});

describe('a proof', () => {
  beforeAll(sample);

  it('a proof compares every merged row, and the counts of each course that the merge left out', async () => {
    const [{ courses = 0 } = {}] = await onSourceRows<{ courses: number }>(
      `SELECT COUNT(*) AS courses FROM (
         SELECT c.id FROM mdl_course c JOIN mdl_course_categories k ON k.id = c.category
         WHERE c.visible = 1 AND k.idnumber IS NOT NULL
         UNION SELECT courseid FROM mdl_logstore_standard_log
         WHERE contextlevel = 70 AND action = 'viewed' AND courseid > 0
           AND timecreated >= ${day.start} AND timecreated < ${day.end}
       ) AS all_courses`,
    );
    expect(courses).toBeGreaterThan(40);
    expect(await proof()).toMatchObject({
      extraction_date: DATE,
      time_zone: ZONE,
      courses,
      counts: courses * 8,
      differences: [],
      changed_since: [],
    });
  });

  it('counts of a left out course that differ are found in their own table', async () => {
    const hidden = await databases.warehouse
      .selectFrom('activity_counts_etl as counts')
      .leftJoin('user_activity_etl as merged', (on) =>
        on
          .onRef('merged.moodle_course_id', '=', 'counts.courseid')
          .onRef('merged.extraction_date', '=', 'counts.extraction_date'),
      )
      .select(['counts.id', 'counts.courseid'])
      .where('counts.extraction_date', '=', DATE)
      .where('merged.id', 'is', null)
      .executeTakeFirstOrThrow();
    await databases.warehouse.deleteFrom('activity_counts_etl').where('id', '=', hidden.id).execute();
    const { differences } = await proof();
    expect(differences.length).toBeGreaterThan(0);
    for (const one of differences) {
      expect(one).toMatchObject({
        table: 'activity_counts_etl',
        moodle_course_id: hidden.courseid,
        warehouse: 0,
      });
    }
    await sample();
  });

  it('enrolments, names and visibility that changed since are listed apart, and are no differences', async () => {
    const [hidden, renamed, enrolled, moved] = (
      await databases.warehouse
        .selectFrom('user_activity_etl')
        .selectAll()
        .where('extraction_date', '=', DATE)
        .where('moodle_course_id', '>', 10)
        .limit(4)
        .execute()
    ).map((row) => row);
    if (!hidden || !renamed || !enrolled || !moved) throw new Error('too few rows');
    const [shown] = await onSourceRows<{ id: number }>(
      `SELECT c.id FROM mdl_course c JOIN mdl_course_categories k ON k.id = c.category
       WHERE c.visible = 0 AND k.idnumber IS NOT NULL LIMIT 1`,
    );
    const other = moved.category_path === '/1' ? 2 : 1;
    await onSource(async (source) => {
      await source.query('UPDATE mdl_course SET visible = 0 WHERE id = ?', [hidden.moodle_course_id]);
      await source.query("UPDATE mdl_course SET fullname = 'Renamed' WHERE id = ?", [
        renamed.moodle_course_id,
      ]);
      await source.query('UPDATE mdl_course SET visible = 1 WHERE id = ?', [shown?.id]);
      await source.query('UPDATE mdl_course SET category = ? WHERE id = ?', [other, moved.moodle_course_id]);
      await source.query(
        `DELETE ra FROM mdl_role_assignments ra JOIN mdl_context ctx ON ctx.id = ra.contextid
         WHERE ctx.contextlevel = 50 AND ctx.instanceid = ? AND ra.roleid = 5`,
        [enrolled.moodle_course_id],
      );
    });
    const { differences, changed_since } = await proof();
    expect(differences).toEqual([]);
    const of = (id: number | string | undefined) =>
      changed_since.filter((one) => one.moodle_course_id === id);
    expect(of(hidden.moodle_course_id)).toEqual([
      {
        moodle_course_id: hidden.moodle_course_id,
        what: 'row',
        warehouse: 'counted',
        moodle: 'course_hidden',
      },
    ]);
    expect(of(renamed.moodle_course_id)).toMatchObject([
      { what: 'course_name', warehouse: renamed.course_name, moodle: 'Renamed' },
    ]);
    expect(of(shown?.id)).toMatchObject([{ what: 'row', warehouse: null, moodle: 'counted' }]);
    expect(of(enrolled.moodle_course_id)).toMatchObject([
      { what: 'num_students', warehouse: enrolled.num_students, moodle: 0 },
    ]);
    expect(of(moved.moodle_course_id).map(({ what }) => what)).toContain('category_id');
    expect(new Set(changed_since.map((one) => one.moodle_course_id)).size).toBe(5);
    await sample();
  });

  it('late rows are differences, and the proof says how many more rows Moodle has', async () => {
    const before = await proof();
    await onSource((source) =>
      source.query(
        `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel,
           contextinstanceid, userid, courseid, timecreated)
         VALUES ('mod_quiz', 'viewed', 0, 1, 70, 1, 1, 20, ${day.start + 40_000})`,
      ),
    );
    const after = await proof();
    expect(after.log_rows).toEqual({ read: before.log_rows.now, now: before.log_rows.now + 1 });
    const found = after.differences.map(({ metric, moodle, warehouse }) => [metric, moodle - warehouse]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['quiz_views', 1],
        ['total_views', 1],
      ]),
    );
    await sample();
  });

  it('a date whose log rows Moodle has deleted cannot be proved', async () => {
    await onSource((source) =>
      source.query(
        `DELETE FROM mdl_logstore_standard_log
         WHERE timecreated BETWEEN ${day.start} AND ${day.end - 1} LIMIT 3`,
      ),
    );
    await expect(proof()).rejects.toMatchObject({ code: 'SOURCE_PURGED' });
    // Also if a run has found the loss since.
    await expect(runBatches(databases, DATE, ZONE)).rejects.toMatchObject({ code: 'SOURCE_PURGED' });
    await databases.warehouse.deleteFrom('log_scheduler').where('active_key', 'is not', null).execute();
    await sample();
  });

  it('rows that Moodle deletes while a proof reads its log are no differences', async () => {
    const cleanUp = once(() =>
      onSource((source) =>
        source.query(
          `DELETE FROM mdl_logstore_standard_log
           WHERE timecreated BETWEEN ${day.start} AND ${day.end - 1} ORDER BY timecreated DESC LIMIT 50`,
        ),
      ),
    );
    await expect(proof(DATE, cleanUp)).rejects.toMatchObject({ code: 'SOURCE_PURGED' });
    await sample();
  });

  it('a date that is extracted again during its proof is not compared', async () => {
    const again = once(() => runBatches(databases, DATE, ZONE));
    await expect(proof(DATE, again)).rejects.toThrow('it was extracted again during the proof');
  });
});

/** Does the work at the first call, and nothing at later ones. */
function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

async function onSourceRows<Row>(statement: string): Promise<Row[]> {
  return withConnection(databases.sourceUrl, async (source) => {
    const [rows] = await source.query(statement);
    return rows as Row[];
  });
}

it('a date whose activity counts are newer than its merge cannot be proved, nor a course that the merge left out', async () => {
  await sample();
  await runBatches(databases, DATE, ZONE, { batches: ['activity_counts'], force: true });
  const newer = {
    code: 'INVALID_REQUEST',
    message: expect.stringContaining(`Run etl main_etl ${DATE} first`),
  };
  await expect(proof()).rejects.toMatchObject(newer);
  const recounted = (course: string) =>
    recount(
      { ...databases, signal: new AbortController().signal },
      { extraction_date: DATE, moodle_course_id: course },
    );
  const { moodle_course_id: left } = await databases.warehouse
    .selectFrom('left_out_courses')
    .select('moodle_course_id')
    .where('extraction_date', '=', DATE)
    .where('views', '>', 0)
    .limit(1)
    .executeTakeFirstOrThrow();
  await expect(recounted(String(left))).rejects.toMatchObject(newer);
  await runBatches(databases, DATE, ZONE, { batches: ['main_etl'] });
  expect((await proof()).differences).toEqual([]);
  expect(await recounted(String(left))).toMatchObject({ outcome: 'equal' });
});

it('a date without figures, with provisional ones or of the PHP system cannot be proved', async () => {
  await expect(proof('2023-05-01')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const mark = (details: object) =>
    databases.warehouse
      .updateTable('log_scheduler')
      .set({ details: JSON.stringify({ time_zone: ZONE, ...details }) })
      .where('extraction_date', '=', DATE)
      .execute();
  await mark({ provisional: true });
  await expect(proof()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  await mark({ adopted: true });
  await expect(proof()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});
