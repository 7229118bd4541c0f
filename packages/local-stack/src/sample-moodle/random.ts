/** Random numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number;
  /** True in `share` of the cases (0 to 1). */
  chance(share: number): boolean;
  pick<T>(choices: readonly [T, ...T[]] | readonly T[]): T;
  /** A whole number from 0 to `below - 1`, mostly a small one. */
  skewed(below: number): number;
  /** An index of `sums`, which rise: the further an entry is above the one before, the more often. */
  weighted(sums: readonly number[]): number;
}

/** mulberry32, seeded with a text. */
export function randomOf(seed: string): Random {
  let state = 2_166_136_261;
  for (const character of seed) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619);
  }
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    int,
    chance: (share) => next() < share,
    pick: (choices) => choices[int(0, choices.length - 1)] as (typeof choices)[number],
    skewed: (below) => Math.floor(next() ** 3 * below),
    weighted: (sums) => indexAbove(sums, next() * (sums.at(-1) ?? 0)),
  };
}

/** The first index whose entry is above `value`. */
function indexAbove(sums: readonly number[], value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
