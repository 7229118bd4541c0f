import { randomOf, type Scratch, scratchDatabase } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrate, openWarehouse, type Warehouse } from '../src/index.ts';
import { adoptPhpRows, type Proof, randomStep } from './exactness/steps.ts';
import { checkToolViews } from './exactness/tool-views.ts';
import { openVictims, type Victims } from './exactness/victim.ts';
import { newWorld } from './exactness/world.ts';

/** `PROOF_SEED` repeats a run. */
const SEED = process.env.PROOF_SEED || `${Date.now()}`;
const STEPS = 120;
const STEPS_PER_CHECK = 10;

let database: Scratch<string>;
let warehouse: Warehouse;
let victims: Victims;
const beside: Proof['beside'] = new Set();

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'exact');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 10, statementSeconds: 60 });
  await migrate(warehouse);
  victims = await openVictims(inject('mysqlUrl'), database);
});

afterAll(async () => {
  await Promise.allSettled(beside);
  await warehouse?.destroy();
  await victims?.remove();
  await database?.remove();
});

/** The source has lost rows of the date, or a later run has counted its log. */
async function countAgain({ world }: Proof, isPurge: boolean): Promise<void> {
  const date = world.random.pick(world.dates);
  const code = isPurge ? 'SOURCE_PURGED' : null;
  const failedAt = isPurge && world.random.chance(0.8) ? sql`NOW(3)` : null;
  await sql`
    INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date, trigger_type,
      requested_by, details, failure_code, failed_at, finished_at)
    VALUES (UUID(), 'j', 'activity_counts', ${date}, 1, ${isPurge ? 3 : 1}, ${date}, ${date}, 'api', 'proof', '{"time_zone":"UTC"}',
      ${code}, ${failedAt}, NOW(3))`.execute(warehouse);
}

it(`the views equal the daily rows, the runs and the tree whatever changes (PROOF_SEED=${SEED})`, async () => {
  const world = newWorld(randomOf(SEED));
  // Stored sums have small groups apart.
  world.smallBelow = 5;
  const proof: Proof = { warehouse, victims, world, beside };
  for (let dates = 0; dates < 24; dates++) await adoptPhpRows(proof, dates % 4 !== 0);
  const states = new Set<unknown>();
  for (let step = 1; step <= STEPS; step++) {
    await randomStep(proof);
    await countAgain(proof, world.random.chance(0.6));
    if (step % STEPS_PER_CHECK !== 0) continue;
    for (const { state } of await checkToolViews(warehouse)) states.add(state);
  }
  expect([...states].toSorted()).toEqual(['final', 'missing', 'provisional', 'purged']);
});
