/** How serious: a note is worth knowing; a warning may harm one day; with a fault something does not work, or is wrong. */
export type Level = 'ok' | 'note' | 'warning' | 'fault';

/** What was found out about one thing. */
export interface Finding {
  /** What was looked at. */
  check: string;
  level: Level;
  /** What is so. */
  found: string;
  /** What that means, and what mends it: where it is not as it should be. */
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

/** Looks at something; what hinders that is a finding as well. */
export async function looking(check: string, look: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    return [
      wrong('warning', check, (error as Error).message, {
        means: 'This could not be looked at.',
        mend: 'See to what the message says, and run the doctor again.',
      }),
    ];
  }
}
