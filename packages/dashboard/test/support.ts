import type { Spoken } from '../src/charts/chart.ts';
import { en } from '../src/words/en.ts';
import { formatsOf } from '../src/words/formats.ts';

export const ENGLISH: Spoken = { words: en, formats: formatsOf('en-GB') };
