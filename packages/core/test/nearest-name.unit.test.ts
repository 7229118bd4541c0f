import { expect, it } from 'vitest';
import { nearestName } from '../src/index.ts';

const KNOWN = ['FTI', 'FTI-IF', 'Economics', 'completed'];

it.each([
  ['complete', 'completed'],
  ['fti-if', 'FTI-IF'],
  ['FTI_IF', 'FTI-IF'],
  ['ecnomcis', undefined],
  ['FT', 'FTI'],
  ['ab', undefined],
  ['', undefined],
])('the nearest name of %j is %j: at most two letters, and at most half of them, are wrong', (text, name) => {
  expect(nearestName(text, KNOWN)).toBe(name);
});
