/**
 * A note is worth knowing. A warning can become a fault. With a fault something does not work, or figures are wrong.
 */
export type Level = 'ok' | 'note' | 'warning' | 'fault';

/** The result of one check. Its fields are the keys of `doctor --json`. */
export interface Finding {
  check: string;
  level: Level;
  /** What the check found. */
  found: string;
  /** The consequence, and what mends it. Absent if all is well. */
  means?: string;
  mend?: string;
}

export function ok(check: string, found: string): Finding {
  return { check, level: 'ok', found };
}

export function wrong(
  level: 'note' | 'warning' | 'fault',
  check: string,
  found: string,
  what: { means: string; mend: string },
): Finding {
  return { check, level, found, ...what };
}

/** Runs a check. An error is a finding as well. */
export async function examined(check: string, run: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await run()].flat();
  } catch (error) {
    return [
      wrong('warning', check, (error as Error).message, {
        means: 'The check failed, so its result is unknown.',
        mend: 'Mend what the message says, and run the doctor again.',
      }),
    ];
  }
}
