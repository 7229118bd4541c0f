import { expect, it } from 'vitest';
import { REFUSALS } from '../../gateway/src/authentication/oidc/refusals.ts';
import { university as en } from '../src/words/university/en.ts';
import { university as id } from '../src/words/university/id.ts';

it.each([
  ['English', en],
  ['Indonesian', id],
])('each reason why the gateway refuses a sign-in at the university has a sentence in %s', (_, words) => {
  expect(Object.keys(words.refusals).toSorted()).toEqual(REFUSALS.toSorted());
});
