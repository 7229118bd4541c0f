import { sql } from 'kysely';
import {
  buildRollUps,
  deleteLogData,
  failBatch,
  inTransaction,
  replaceUserActivity,
} from '../../src/index.ts';
import { claimMerge, hasCompleted, type Load, loadMerge, merge, reclaim } from './merges.ts';
import type { Proof } from './proof.ts';
import {
  changeSmallBelow,
  changeTree,
  enrolStudents,
  hideCourses,
  moveCourses,
  phpRows,
  rowsNow,
} from './world.ts';

type Step = (proof: Proof) => Promise<unknown>;

const FAILURE = { code: 'ERROR', why: 'A failure of the proof' } as const;

/** A merge writes some ten statements, a builder some more. */
const STATEMENTS = 14;

function loadOf({ world }: Proof, more: Partial<Load> = {}): Load {
  return {
    date: world.random.pick(world.dates),
    rows: rowsNow(world),
    categories: structuredClone(world.categories),
    smallBelow: world.smallBelow,
    ...more,
  };
}

/** Steps with their weights, by what a failed proof calls them. */
const STEPS: Record<string, readonly [number, Step]> = {
  'merge a date': [30, (proof) => merge(proof.warehouse, loadOf(proof))],
  'merges by an old worker': [10, oldMerges],
  'forced merge': [4, (proof) => merge(proof.warehouse, loadOf(proof, { force: true }))],
  'provisional merge': [3, provisionalMerge],
  'merge without rows': [2, (proof) => merge(proof.warehouse, loadOf(proof, { rows: [] }))],
  'merge after the clock was set back': [
    2,
    (proof) => merge(proof.warehouse, loadOf(proof, { hoursBack: 1 })),
  ],
  'merges at once': [8, mergesAtOnce],
  'merge whose session is killed': [8, killedMerge],
  'merge that fails': [3, failedMerge],
  'PHP rows are adopted': [1, (proof) => adoptPhpRows(proof)],
  'courses move': [8, async ({ world }) => moveCourses(world)],
  'a course is hidden or shown': [5, async ({ world }) => hideCourses(world)],
  'students enrol': [4, async ({ world }) => enrolStudents(world)],
  'small groups change': [2, async ({ world }) => changeSmallBelow(world)],
  'the tree changes': [2, async ({ world }) => changeTree(world)],
  'log data is deleted': [1, deleteOldRows],
  'the newest row is deleted, because the clock was set back': [2, deletedMerge],
  build: [4, build],
  'build beside the next steps': [5, buildBeside],
  'build whose sessions are killed': [4, killedBuild],
  'merge beside a build': [2, (proof) => Promise.all([build(proof), merge(proof.warehouse, loadOf(proof))])],
};

const TOTAL = Object.values(STEPS).reduce((sum, [weight]) => sum + weight, 0);

/** Takes a step and returns what it is called. */
export async function randomStep(proof: Proof): Promise<string> {
  let left = proof.world.random.int(1, TOTAL);
  for (const [name, [weight, step]] of Object.entries(STEPS)) {
    left -= weight;
    if (left > 0) continue;
    await step(proof);
    return name;
  }
  throw new Error('The weights do not add up');
}

export async function provisionalMerge(proof: Proof): Promise<void> {
  await merge(proof.warehouse, loadOf(proof, { findings: { provisional: true } }));
}

/** The dates keep their parts, which are stale now. */
async function oldMerges(proof: Proof): Promise<void> {
  for (let left = proof.world.random.int(1, 4); left > 0; left--) {
    await merge(proof.warehouse, loadOf(proof, { isOld: true }));
  }
}

async function mergesAtOnce(proof: Proof): Promise<void> {
  const loads = Array.from({ length: proof.world.random.int(2, 3) }, () => loadOf(proof));
  await Promise.all(loads.map((load) => merge(proof.warehouse, load)));
}

/** Rows have whole seconds: without another day the statement would leave those of this second. */
async function deleteOldRows({ warehouse }: Proof): Promise<void> {
  await sql`UPDATE log_scheduler SET created_at = created_at - INTERVAL 1 DAY`.execute(warehouse);
  await deleteLogData(warehouse, 0);
}

async function deletedMerge(proof: Proof): Promise<void> {
  await build(proof);
  await merge(proof.warehouse, loadOf(proof, { hoursBack: 1, isOld: proof.world.random.chance(0.5) }));
  await deleteOldRows(proof);
}

async function failedMerge(proof: Proof): Promise<void> {
  const claim = await claimMerge(proof.warehouse, loadOf(proof));
  if (claim) await failBatch(proof.warehouse, claim, FAILURE);
}

async function build({ warehouse, world }: Proof): Promise<number> {
  return buildRollUps(warehouse, { smallBelow: world.smallBelow });
}

async function buildBeside(proof: Proof): Promise<void> {
  const building = build(proof).finally(() => proof.beside.delete(building));
  proof.beside.add(building);
}

async function killedBuild({ victims, world }: Proof): Promise<void> {
  const victim = victims.open(world.random.int(1, 4 * STATEMENTS));
  await buildRollUps(victim, { smallBelow: world.smallBelow }).catch(() => undefined);
  await victim.destroy();
}

/** The server kills the session of a merge at any of its statements. Then another attempt runs, or the run fails. */
async function killedMerge(proof: Proof): Promise<void> {
  const { warehouse, victims, world } = proof;
  const load = loadOf(proof);
  const claim = await claimMerge(warehouse, load);
  if (!claim) return;
  const victim = victims.open(world.random.int(1, STATEMENTS));
  await loadMerge(victim, claim, load).catch(() => undefined);
  await victim.destroy();
  if (await hasCompleted(warehouse, claim)) return;
  if (world.random.chance(0.5)) {
    const again = loadOf(proof, { date: load.date });
    await loadMerge(warehouse, await reclaim(warehouse, claim), again);
  } else {
    await failBatch(warehouse, claim, FAILURE);
  }
}

/** Rows as migration 0006 copies them, with or without the completed run that it records for them. */
export async function adoptPhpRows({ warehouse, world }: Proof, hasRun = true): Promise<void> {
  const date = world.random.pick(world.dates);
  await inTransaction(warehouse, async (trx) => {
    const { rows } =
      await sql`SELECT 1 FROM user_activity_etl WHERE extraction_date = ${date} LIMIT 1`.execute(trx);
    const runs = await sql`SELECT 1 FROM log_scheduler WHERE extraction_date = ${date} LIMIT 1`.execute(trx);
    if (rows.length > 0 || runs.rows.length > 0) return;
    await replaceUserActivity(trx, date, phpRows(world), 500);
    if (!hasRun) return;
    await sql`
      INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
        trigger_type, requested_by, attempt, details, started_at, finished_at)
      VALUES (UUID(), 'php', 'main_etl', ${date}, 1, 1, ${`${date} 00:00:00`}, ${`${date} 23:59:59`}, 'backfill', 'PHP system', 1,
        '{"time_zone":"UTC","adopted":true}', ${date}, ${date})`.execute(trx);
  });
}
