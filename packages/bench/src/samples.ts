/** Times of one thing, in milliseconds. */
export interface Samples {
  median: number;
  least: number;
  most: number;
  count: number;
}

export function samplesOf(times: readonly number[]): Samples {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return { median, least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0, count: sorted.length };
}

/** `run` is timed, `prepare` is not. A number that `run` returns replaces its time. */
export interface Candidate {
  name: string;
  run: (round: number) => Promise<unknown>;
  prepare?: ((round: number) => Promise<unknown>) | undefined;
}

/** Neighbours change places in every other round, because the second finds in the caches what the first read. */
function inTurn<Of>(candidates: readonly Of[], round: number): Of[] {
  return candidates.map((candidate, index) =>
    round % 2 === 1 ? (candidates[index ^ 1] ?? candidate) : candidate,
  );
}

/**
 * Times candidates in turns, round after round, so that other work of the machine slows all of them equally. The
 * first round warms up and does not count.
 */
export async function interleave<Name extends string>(
  rounds: number,
  candidates: readonly (Candidate & { name: Name })[],
): Promise<Record<Name, Samples>> {
  const times = new Map<Name, number[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, prepare, run } of inTurn(candidates, round)) {
      await prepare?.(round);
      const began = performance.now();
      const own = await run(round);
      const took = typeof own === 'number' ? own : performance.now() - began;
      if (round > 0) times.get(name)?.push(took);
    }
  }
  return Object.fromEntries([...times].map(([name, all]) => [name, samplesOf(all)])) as Record<Name, Samples>;
}
