import { dateOf } from './newest-row.ts';

/** Dates of a word. More than 32 would not be a safe integer. */
export const DATES_PER_WORD = 32;

/**
 * Different dates, one bit each: the bit `TO_DAYS(date) % 32` of the word `TO_DAYS(date) DIV 32`. A union of the
 * dates of thousands of categories costs next to nothing. No word is 0.
 */
export type DateSet = ReadonlyMap<number, number>;

/** Days with activity: how many, and the first and the last. */
export interface Days {
  count: number;
  first: string | null;
  last: string | null;
}

/** The dates that are in any of the sets. */
export function union(sets: Iterable<DateSet>): DateSet {
  const all = new Map<number, number>();
  for (const set of sets) {
    for (const [word, bits] of set) all.set(word, ((all.get(word) ?? 0) | bits) >>> 0);
  }
  return all;
}

/** How many different dates are in any of the sets, and the first and the last of them. */
export function daysTogether(sets: Iterable<DateSet>): Days {
  const words = [...union(sets)].toSorted(([a], [b]) => a - b);
  const [first, last] = [words[0], words.at(-1)];
  return {
    count: words.reduce((sum, [, bits]) => sum + bitsIn(bits), 0),
    first: first ? dateOf(first[0] * DATES_PER_WORD + 31 - Math.clz32(first[1] & -first[1])) : null,
    last: last ? dateOf(last[0] * DATES_PER_WORD + 31 - Math.clz32(last[1])) : null,
  };
}

function bitsIn(word: number): number {
  let count = 0;
  for (let left = word; left !== 0; left &= left - 1) count += 1;
  return count;
}
