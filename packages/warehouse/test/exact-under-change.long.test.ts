import type { Scratch } from '@etl/local-stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkAnswer } from './exactness/answers.ts';
import { checkParts } from './exactness/parts.ts';
import { openProof, type Proof, SEED } from './exactness/proof.ts';
import { adoptPhpRows, randomStep } from './exactness/steps.ts';
import { checkToolViews } from './exactness/tool-views.ts';

/** `PROOF_STEPS` makes a longer run. */
const STEPS = Number(process.env.PROOF_STEPS || 1000);
const STEPS_PER_CHECK = 100;
const ANSWERS_PER_CHECK = 50;

let proof: Scratch<Proof>;

beforeAll(async () => {
  proof = await openProof();
});

afterAll(() => proof?.remove());

it(`answers equal sums over daily rows whatever changes (PROOF_SEED=${SEED})`, async () => {
  const { warehouse, world, beside } = proof.value;
  for (let dates = 0; dates < 25; dates++) await adoptPhpRows(proof.value, dates % 8 !== 0);
  let [answers, parts] = [0, 0];
  const journal: string[] = [];
  for (let step = 1; step <= STEPS; step++) {
    journal.push(await randomStep(proof.value));
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
