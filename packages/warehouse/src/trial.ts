import { randomUUID } from 'node:crypto';
import { BATCHES, type FigureSettings, openTrials, perViewKind, type Refusal } from '@etl/core';
import { sql } from 'kysely';
import { activityCountsOf, replaceActivityCounts } from './activity-counts.ts';
import { replaceCourseCategories } from './course-categories.ts';
import { storeMissingSettings } from './figure-settings.ts';
import { replaceLeftOutCourses } from './left-out-courses.ts';
import { type Claim, lockClaim } from './log-scheduler/fence.ts';
import { newestRun } from './log-scheduler/run-state.ts';
import { databaseTime } from './log-scheduler/times.ts';
import { cancelRows } from './log-scheduler/transitions/cancel.ts';
import { claimBatch } from './log-scheduler/transitions/claim.ts';
import { failBatch } from './log-scheduler/transitions/fail.ts';
import { finishBatch } from './log-scheduler/transitions/finish.ts';
import { deleteLogData } from './log-scheduler/transitions/prune.ts';
import { releaseBatch } from './log-scheduler/transitions/release.ts';
import { renewLease } from './log-scheduler/transitions/renew.ts';
import { insertRun } from './log-scheduler/transitions/start.ts';
import { TABLE_NAMES } from './migrations/index.ts';
import { insertCourses, insertPlaces, insertRestatement } from './restatements/write.ts';
import { sumsByPlace, writeDayPart } from './roll-ups/day-part.ts';
import { replaceUserActivity, totalViewsOf, type UserActivity } from './user-activity.ts';
import { replaceUserCounts, userCountsOf } from './user-counts.ts';
import { onSnapshot, type Warehouse, type WarehouseTransaction, withLock } from './warehouse.ts';

/** A date that no run has. */
const DATE = '1000-01-01';
const LEASE_SECONDS = 1;
const NO_FINDINGS = { rows: { read: 0, counted: 0, left_out: {} }, loaded: 0 };
const LONGEST_RETENTION_DAYS = 3650;

/** Tables that cannot roll back, by name, with their engine. */
export async function tablesWithoutTransactions(
  warehouse: Warehouse,
): Promise<{ name: string; engine: string }[]> {
  const { rows } = await sql<{ name: string; engine: string }>`
    SELECT table_name AS name, engine AS engine FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name IN (${sql.join(TABLE_NAMES)}) AND engine <> 'InnoDB'`.execute(
    warehouse,
  );
  return rows;
}

/**
 * Sends every kind of statement that a run sends to the warehouse, with the functions that runs use. Returns the
 * statements that the server refused. Rolls everything back, so all tables must have transactions.
 */
export async function tryRun(warehouse: Warehouse, settings: FigureSettings): Promise<Refusal[]> {
  const { attempt, refusals } = openTrials();
  await attempt('lock', () =>
    withLock(warehouse, { name: 'doctor', waitSeconds: 0, longestSeconds: 60 }, async () => {}),
  );
  await attempt('read', () =>
    onSnapshot(warehouse, async (snapshot) => {
      await newestRun(snapshot, DATE);
      await activityCountsOf(snapshot, DATE);
      await userCountsOf(snapshot, DATE);
    }),
  );
  const trx = await warehouse.startTransaction().setIsolationLevel('read committed').execute();
  try {
    await attempt('write', () => moveRows(trx, settings));
    for (const load of loads(trx)) await attempt('write', load);
    await attempt('write', async () => {
      // Last, since every start of a run needs the row.
      await trx.deleteFrom('etl_settings').execute();
      await storeMissingSettings(trx, settings);
    });
  } finally {
    await trx.rollback().execute();
  }
  return refusals;
}

/** Moves the rows of a run through all their states. */
async function moveRows(trx: WarehouseTransaction, settings: FigureSettings): Promise<void> {
  const runId = randomUUID();
  const queued = await insertRun(
    trx,
    {
      runId,
      settings,
      day: { date: DATE, timeZone: settings.ETL_TIMEZONE, start: 0, end: 1 },
      trigger: 'cli',
      requestedBy: 'doctor',
      force: false,
      batches: BATCHES.map((batch) => ({ batch, jobId: 'doctor', limitSize: 1 })),
    },
    LEASE_SECONDS,
  );
  const claims: Claim[] = [];
  for (const { schedulerId, batch } of queued) {
    const outcome = await claimBatch(trx, { schedulerId, runId, batch, settings }, LEASE_SECONDS);
    if (outcome.kind !== 'claimed') throw new Error(`the claim of ${batch} is ${outcome.kind}`);
    await renewLease(trx, outcome.claim, { offset: 0, numrow: 1 }, LEASE_SECONDS);
    await lockClaim(trx, outcome.claim);
    claims.push(outcome.claim);
  }
  const [finished, failed, handedBack] = claims as [Claim, Claim, Claim];
  await finishBatch(trx, finished, { numrow: 0, findings: NO_FINDINGS });
  await failBatch(trx, failed, { code: 'ERROR', why: 'tried by the doctor' });
  await releaseBatch(trx, handedBack, null);
  await cancelRows(trx, runId, 'doctor');
  await deleteLogData(trx, LONGEST_RETENTION_DAYS);
}

/** Inserts, changes and deletes a row of each table of figures. The category tree is last, as in a merge. */
function loads(trx: WarehouseTransaction): (() => Promise<void>)[] {
  const views = perViewKind(() => 0);
  const users = { num_students: 0, num_teachers: 0 };
  const merged = {
    ...views,
    ...users,
    moodle_course_id: 1,
    course_id: '',
    id_number: '',
    course_name: '',
    course_shortname: '',
    category_id: 1,
    category_path: '/1',
    total_views: 0,
    avg_activity_per_student_per_day: null,
  };
  const leftOut = {
    moodle_course_id: 1,
    reason: 'course_deleted' as const,
    category_id: null,
    id_number: null,
    course_name: null,
    course_shortname: null,
  };
  const inTurn =
    <Row>(
      replace: (trx: WarehouseTransaction, date: string, rows: Row[], size: number) => Promise<unknown>,
      rows: Row[],
    ) =>
    async () => {
      for (const row of rows) await replace(trx, DATE, [row], 1);
      await replace(trx, DATE, [], 1);
    };
  const twice = <Row extends object>(row: Row) => [0, 1].map((active_days) => ({ ...row, active_days }));
  return [
    inTurn(replaceActivityCounts, twice({ courseid: 1, ...views })),
    inTurn(replaceUserCounts, [
      { courseid: 1, ...users },
      { courseid: 1, ...users, num_students: 1 },
    ]),
    inTurn(replaceUserActivity, twice(merged)),
    async () => void (await totalViewsOf(trx, DATE)),
    // With views: of an old date others are not kept.
    inTurn(
      replaceLeftOutCourses,
      [1, 2].map((views) => ({ ...leftOut, views })),
    ),
    () => restate(trx, merged),
    inTurn((own, date, rows) => writeDayPart(own, { date, schedulerId: 1, rows }), twice(merged)),
    async () => {
      await databaseTime(trx);
      const present = await trx.selectFrom('course_categories_etl').selectAll().execute();
      const added = {
        id: Number.MAX_SAFE_INTEGER,
        parent: 0,
        depth: 1,
        path: '/0',
        idnumber: null,
        name: '',
      };
      // The first load of a tree is another statement than a later one.
      for (const tree of [[], [added], [...present, added], present]) {
        await replaceCourseCategories(trx, tree);
      }
    },
  ];
}

/** Writes a restatement as a merge does. No row of `log_scheduler` has its id. */
async function restate(trx: WarehouseTransaction, row: Omit<UserActivity, 'active_days'>): Promise<void> {
  const id = 0;
  await insertRestatement(trx, {
    id,
    extraction_date: DATE,
    run_id: 'doctor',
    replaced_run_id: 'doctor',
    replaced_at: null,
    why: 'rerun',
    old_total_views: 0,
    new_total_views: 0,
    courses: 1,
    suppress_below: 0,
  });
  const side = { category: row.category_id, isSmall: false, figures: {} };
  const course = { id: 1, name: '', why: ['rerun'] as const, old: side, new: side, size: 0 };
  const sums = sumsByPlace([{ ...row, active_days: 0 }], 0);
  await insertPlaces(trx, id, { old: sums, new: sums }, { courses: [course], listed: new Set() });
  await insertCourses(trx, id, [course]);
}
