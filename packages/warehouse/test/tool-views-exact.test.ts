import type { Scratch } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProof, type Proof, SEED } from './exactness/proof.ts';
import { adoptPhpRows, provisionalMerge, randomStep } from './exactness/steps.ts';
import { checkToolViews } from './exactness/tool-views.ts';

const STEPS = 120;
const STEPS_PER_CHECK = 10;

let proof: Scratch<Proof>;

beforeAll(async () => {
  proof = await openProof();
});

afterAll(() => proof?.remove());

/** The source has lost rows of the date, or a later run has counted its log. */
async function countAgain({ warehouse, world }: Proof, isPurge: boolean): Promise<void> {
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
  const { warehouse, world } = proof.value;
  // Stored sums have small groups apart.
  world.smallBelow = 5;
  for (let dates = 0; dates < 24; dates++) await adoptPhpRows(proof.value, dates % 4 !== 0);
  const states = new Set<unknown>();
  for (let step = 1; step <= STEPS; step++) {
    await randomStep(proof.value);
    await countAgain(proof.value, world.random.chance(0.6));
    if (step % STEPS_PER_CHECK !== 0) continue;
    // Random steps alone make few dates provisional, and often none that stays so until a check.
    await provisionalMerge(proof.value);
    for (const { state } of await checkToolViews(warehouse)) states.add(state);
  }
  expect([...states].toSorted()).toEqual(['final', 'missing', 'provisional', 'purged']);
});
