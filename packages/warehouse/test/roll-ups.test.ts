import { datesBetween } from '@etl/core';
import { randomOf, type Scratch, scratchDatabase, WORDING, waitUntil } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  buildRollUps,
  buildRollUpsAlone,
  checkRollUps,
  deleteLogData,
  intervalEnrolments,
  migrate,
  onSnapshot,
  openWarehouse,
  type Scope,
  type Warehouse,
  withLock,
} from '../src/index.ts';
import { courseParts } from '../src/reports/summary-rows.ts';
import { checkAnswer } from './exactness/answers.ts';
import { type Load, merge } from './exactness/merges.ts';
import { checkParts } from './exactness/parts.ts';
import { enrolStudents, moveCourses, newWorld, rowsNow, type World } from './exactness/world.ts';

let database: Scratch<string>;
let warehouse: Warehouse;
let world: World;

/** From the middle of a month to the middle of another, with a leap day. */
const DATES = datesBetween('2024-01-10', '2024-04-12');

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 4, statementSeconds: 60 });
  await migrate(warehouse);
});

afterAll(async () => {
  await warehouse?.destroy();
  await database?.remove();
});

beforeEach(async () => {
  for (const table of ['log_scheduler', 'user_activity_etl', 'rollup_parts'] as const) {
    await warehouse.deleteFrom(table).execute();
  }
  world = newWorld(randomOf('roll-ups'));
});

const mergeDate = (date: string, of: Partial<Load> = {}) =>
  merge(warehouse, {
    date,
    rows: rowsNow(world),
    categories: world.categories,
    smallBelow: world.smallBelow,
    ...of,
  });

async function mergeDates(dates: readonly string[], of: Partial<Load> = {}): Promise<void> {
  for (const date of dates) {
    moveCourses(world);
    enrolStudents(world);
    await mergeDate(date, of);
  }
}

/** Deletes daily rows as no merge does: an answer that still has them was read from parts. */
async function loseDailyRows(from: string, to: string): Promise<void> {
  await sql`DELETE FROM user_activity_etl WHERE extraction_date BETWEEN ${from} AND ${to}`.execute(warehouse);
}

const partsOf = (from: string, to: string, scope: Scope = 'everything') =>
  onSnapshot(warehouse, (snapshot) => courseParts({ snapshot, scope, from, to }));

const stored = async () =>
  (await warehouse.selectFrom('rollup_parts').select('part').orderBy('part').execute()).map(
    ({ part }) => part,
  );

describe('roll-ups', () => {
  it('sums of whole quarters, months, pentads, weeks and days are read from parts', async () => {
    const quarter = datesBetween('2024-01-01', '2024-03-31');
    await mergeDates(quarter);
    await buildRollUps(warehouse);
    const [all, month, pentad] = [
      await partsOf('2024-01-01', '2024-03-31'),
      await partsOf('2024-02-01', '2024-02-29'),
      await partsOf('2024-02-26', '2024-02-29'),
    ];
    const weeks = [
      { from: '2024-02-05', to: '2024-02-11' },
      { from: '2024-03-01', to: '2024-03-31' },
    ];
    const enrolments = () =>
      onSnapshot(warehouse, (snapshot) =>
        intervalEnrolments({ snapshot, scope: 'everything', from: '2024-01-01', to: '2024-03-31' }, weeks),
      );
    const enrolled = await enrolments();
    expect(enrolled[0]?.students).toBeGreaterThan(0);
    await loseDailyRows('2024-01-01', '2024-03-31');
    expect(await partsOf('2024-01-01', '2024-03-31')).toEqual(all);
    expect(await partsOf('2024-02-01', '2024-02-29')).toEqual(month);
    expect(await partsOf('2024-02-26', '2024-02-29')).toEqual(pentad);
    expect(await enrolments()).toEqual(enrolled);
    expect(await partsOf('2024-02-27', '2024-02-29')).toEqual([]);
  });

  it('answers equal sums over daily rows before and after parts are built, at any ragged end', async () => {
    await mergeDates(DATES);
    for (let asked = 0; asked < 15; asked++) await checkAnswer(warehouse, world);
    await buildRollUps(warehouse);
    for (let asked = 0; asked < 60; asked++) await checkAnswer(warehouse, world);
  });

  it('scopes without small rows get the sums of the others, from parts that are made with the same number', async () => {
    world.smallBelow = 12;
    await mergeDates(DATES);
    await buildRollUps(warehouse, { smallBelow: 12 });
    for (let asked = 0; asked < 60; asked++) await checkAnswer(warehouse, world);
    expect(await checkParts(warehouse)).toBeGreaterThan(DATES.length);
    const scope = { categories: world.categories.map(({ id }) => id), smallBelow: 12 };
    const [from, to] = ['2024-02-01', '2024-02-29'];
    const [all, shown] = [await partsOf(from, to), await partsOf(from, to, scope)];
    expect(shown.length).toBeLessThan(all.length);
    const [anew, withOther] = [
      await buildRollUps(warehouse, { smallBelow: 12 }),
      await partsOf(from, to, { ...scope, smallBelow: 20 }),
    ];
    expect(anew).toBe(0);
    expect(withOther.length).toBeLessThan(shown.length);
    await loseDailyRows(from, to);
    expect(await partsOf(from, to)).toEqual(all);
    expect(await partsOf(from, to, scope)).toEqual(shown);
    expect(await partsOf(from, to, { ...scope, smallBelow: 20 })).toEqual([]);
    const [same, other] = [
      await checkRollUps(warehouse, { more: 0, smallBelow: 12 }),
      await checkRollUps(warehouse, { more: 0, smallBelow: 20 }),
    ];
    expect(same).toMatchObject({ due: 0, newestSmallBelow: 12 });
    expect(other).toMatchObject({ due: other.fresh, newestSmallBelow: 12 });
  });

  it('a part that a worker of an older version replaces is not read for scopes without small rows', async () => {
    world.smallBelow = 12;
    await mergeDates(DATES);
    await buildRollUps(warehouse, { smallBelow: 12 });
    const scope = { categories: world.categories.map(({ id }) => id), smallBelow: 12 };
    // It knows no small rows, and replaces what a part is made with.
    await mergeDate('2024-02-14', { smallBelow: 0 });
    const shown = await partsOf('2024-02-01', '2024-02-29', scope);
    expect(await buildRollUps(warehouse)).toBeGreaterThan(0);
    expect(await buildRollUps(warehouse)).toBe(0);
    expect(await partsOf('2024-02-01', '2024-02-29', scope)).toEqual(shown);
    expect(await buildRollUps(warehouse, { smallBelow: 12 })).toBeGreaterThan(0);
    expect(await checkParts(warehouse)).toBeGreaterThan(DATES.length);
    expect(await partsOf('2024-02-01', '2024-02-29', scope)).toEqual(shown);
  });

  it('a merge of a worker that knows no roll-ups makes every part of its date stale', async () => {
    await mergeDates(DATES);
    await buildRollUps(warehouse);
    await mergeDate('2024-02-14', { isOld: true });
    for (let asked = 0; asked < 40; asked++) await checkAnswer(warehouse, world);
    // Its day, pentad, week, month and quarter.
    expect(await buildRollUps(warehouse)).toBe(5);
    expect(await buildRollUps(warehouse)).toBe(0);
    expect((await checkRollUps(warehouse, { more: 1000 })).differing).toEqual([]);
  });

  it('a merge that completes after the clock has gone back makes every part of its date stale', async () => {
    await mergeDates(DATES);
    await buildRollUps(warehouse);
    await mergeDate('2024-02-14', { hoursBack: 5 });
    for (let asked = 0; asked < 40; asked++) await checkAnswer(warehouse, world);
  });

  it('a part with fewer kinds of views than a reader knows is not read, and is built anew', async () => {
    await mergeDates(datesBetween('2024-02-01', '2024-02-29'));
    const built = await buildRollUps(warehouse);
    await sql`UPDATE rollup_parts SET kinds = 'file_views'`.execute(warehouse);
    await loseDailyRows('2024-02-01', '2024-02-29');
    expect(await partsOf('2024-02-01', '2024-02-29')).toEqual([]);
    expect(await buildRollUps(warehouse)).toBeGreaterThanOrEqual(built);
    expect(await buildRollUps(warehouse)).toBe(0);
  });

  it('a week that begins before the first quarter is built once', async () => {
    await mergeDates(datesBetween('2025-01-01', '2025-01-05'));
    // Its days have their parts. The week begins on 30 December.
    expect(await buildRollUps(warehouse)).toBe(2);
    expect(await stored()).toContain(202412303);
    expect(await buildRollUps(warehouse)).toBe(0);
  });

  it('the sums of a date by category are fresh at once, also after it is merged again', async () => {
    const date = '2024-02-14';
    for (let merges = 0; merges < 3; merges++) {
      await mergeDates([date]);
      expect(await checkRollUps(warehouse, { more: 1000 })).toMatchObject({
        fresh: 1,
        due: 0,
        differing: [],
      });
    }
  });

  it('building goes on where it was interrupted', async () => {
    await mergeDates(DATES, { isOld: true });
    const stop = new AbortController();
    const first = await buildRollUps(warehouse, {
      signal: stop.signal,
      onProgress: (done, all) => {
        if (done > all / 2) stop.abort();
      },
    });
    const rest = await buildRollUps(warehouse);
    expect(first).toBeGreaterThan(0);
    expect(rest).toBeGreaterThan(0);
    expect((await stored()).length).toBe(first + rest);
    expect(await checkRollUps(warehouse, { more: 1000 })).toMatchObject({ due: 0, differing: [] });
  });

  it('parts wait until their dates have settled, and none is built before its last date', async () => {
    await mergeDates(datesBetween('2024-02-01', '2024-02-12'));
    expect(await buildRollUps(warehouse, { settledSeconds: 3600 })).toBe(0);
    await buildRollUps(warehouse);
    const built = await warehouse
      .selectFrom('rollup_parts')
      .select('first_date')
      .where(sql<boolean>`last_date > first_date`)
      .orderBy('part')
      .execute();
    // Two pentads, and two weeks of which the first begins in January.
    expect(built.map(({ first_date }) => first_date)).toEqual([
      '2024-01-29',
      '2024-02-01',
      '2024-02-05',
      '2024-02-06',
    ]);
  });

  it('a part is stale if a merge completes between its reading and its writing', async () => {
    await mergeDates(datesBetween('2024-02-01', '2024-02-29'));
    await buildRollUps(warehouse);
    await mergeDate('2024-02-10');
    const holder = await warehouse.startTransaction().setIsolationLevel('read committed').execute();
    let building: Promise<number> | undefined;
    try {
      // The pentad, which is built first.
      await sql`SELECT * FROM rollup_parts WHERE part = 202402062 FOR UPDATE`.execute(holder);
      building = buildRollUps(warehouse);
      await waitUntil(async () => {
        const { rows } = await sql`
          SELECT 1 FROM ${sql.raw(WORDING[inject('serverKind')].sessions)} WHERE info LIKE '%INSERT INTO rollup_parts%202402062%' AND info NOT LIKE '%processlist%'`.execute(
          warehouse,
        );
        return rows.length > 0;
      }, 'the builder to write the pentad');
      await mergeDate('2024-02-09');
    } finally {
      await holder.rollback().execute();
    }
    await building;
    for (let asked = 0; asked < 40; asked++) await checkAnswer(warehouse, world);
    await buildRollUps(warehouse);
    expect(await checkRollUps(warehouse, { more: 1000 })).toMatchObject({ due: 0, differing: [] });
  });

  it('one process builds at a time', async () => {
    await mergeDates(datesBetween('2024-02-01', '2024-02-05'));
    await withLock(warehouse, { name: 'roll-ups', waitSeconds: 0, longestSeconds: 60 }, async () => {
      expect(await buildRollUpsAlone(warehouse)).toBeUndefined();
    });
    expect(await buildRollUpsAlone(warehouse)).toBeGreaterThan(0);
    expect(await buildRollUpsAlone(warehouse)).toBe(0);
  });

  it.each([
    ['a rerun whose row of log_scheduler is deleted makes no wrong part fresh', {}],
    ['a rerun before which the clock has gone back makes no wrong part fresh either', { hoursBack: 5 }],
  ])('%s', async (_, of) => {
    await mergeDates(DATES);
    await buildRollUps(warehouse);
    enrolStudents(world);
    moveCourses(world);
    await mergeDate('2024-02-14', { isOld: true, ...of });
    await sql`UPDATE log_scheduler SET created_at = NOW() - INTERVAL 100 DAY`.execute(warehouse);
    expect(await deleteLogData(warehouse, 30)).toBe(1);
    for (let asked = 0; asked < 40; asked++) await checkAnswer(warehouse, world);
    await buildRollUps(warehouse);
    expect(await checkRollUps(warehouse, { more: 1000 })).toMatchObject({ due: 0, differing: [] });
  });

  it('the check finds a stored sum that is not the sum of the daily rows', async () => {
    await mergeDates(datesBetween('2024-02-01', '2024-02-29'));
    await buildRollUps(warehouse);
    const all = { more: 1000 };
    expect((await checkRollUps(warehouse, all)).differing).toEqual([]);
    await sql`UPDATE rollup_courses SET total_views = total_views + 1 WHERE part = 202402014 LIMIT 1`.execute(
      warehouse,
    );
    await sql`UPDATE rollup_days SET courses = courses + 1 WHERE extraction_date = '2024-02-03' LIMIT 1`.execute(
      warehouse,
    );
    await sql`UPDATE rollup_enrolments SET num_students = num_students + 1 WHERE part = 202402053 LIMIT 1`.execute(
      warehouse,
    );
    const { differing } = await checkRollUps(warehouse, all);
    expect(differing.map(({ level, from }) => `${level} ${from}`)).toEqual(
      expect.arrayContaining(['month 2024-02-01', 'day 2024-02-03', 'week 2024-02-05']),
    );
    expect(differing.length).toBe(3);
  });
});
