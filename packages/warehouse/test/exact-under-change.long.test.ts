import { randomOf, type Scratch, scratchDatabase } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrate, openWarehouse, type Warehouse } from '../src/index.ts';
import { checkAnswer } from './exactness/answers.ts';
import { checkParts } from './exactness/parts.ts';
import { adoptPhpRows, type Proof, randomStep } from './exactness/steps.ts';
import { checkToolViews } from './exactness/tool-views.ts';
import { openVictims, type Victims } from './exactness/victim.ts';
import { newWorld } from './exactness/world.ts';

/** `PROOF_SEED` repeats a run; `PROOF_STEPS` makes a longer one. */
const SEED = process.env.PROOF_SEED || `${Date.now()}`;
const STEPS = Number(process.env.PROOF_STEPS || 1000);
const STEPS_PER_CHECK = 100;
const ANSWERS_PER_CHECK = 50;

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

it(`answers equal sums over daily rows whatever changes (PROOF_SEED=${SEED})`, async () => {
  const world = newWorld(randomOf(SEED));
  const proof: Proof = { warehouse, victims, world, beside };
  for (let dates = 0; dates < 25; dates++) await adoptPhpRows(proof, dates % 8 !== 0);
  let [answers, parts] = [0, 0];
  const journal: string[] = [];
  for (let step = 1; step <= STEPS; step++) {
    journal.push(await randomStep(proof));
    if (step % STEPS_PER_CHECK !== 0) continue;
    try {
      parts += await checkParts(warehouse);
      await checkToolViews(warehouse);
      for (let asked = 0; asked < ANSWERS_PER_CHECK; asked++) await checkAnswer(warehouse, world);
    } catch (cause) {
      const last = journal.slice(-STEPS_PER_CHECK).join(', ');
      throw new Error(`An answer differs after step ${step}. The last steps: ${last}`, { cause });
    }
    answers += ANSWERS_PER_CHECK;
  }
  await Promise.all(beside);
  expect(answers).toBe(Math.floor(STEPS / STEPS_PER_CHECK) * ANSWERS_PER_CHECK);
  expect(parts).toBeGreaterThan(answers);
});
