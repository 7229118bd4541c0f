import { nearestName } from '../nearest-name.ts';
import { CONFIG_NAMES, SECRETS } from './variables.ts';

const OURS = /^(ETL|MOODLE|REDIS|BULL_BOARD)_/i;

const KNOWN: readonly string[] = [...CONFIG_NAMES, ...[...SECRETS].map((name) => `${name}_FILE`)];

/** A variable that begins like ours and that no process reads. */
export interface UnreadVariable {
  name: string;
  /** Our variable of which it is a near-miss. */
  nearest: string | undefined;
}

/** The variables that begin like ours and are none of them. They have no effect. */
export function unreadVariables(env: NodeJS.ProcessEnv): UnreadVariable[] {
  return Object.keys(env)
    .filter((name) => OURS.test(name) && !KNOWN.includes(name))
    .map((name) => ({ name, nearest: nearestTo(name.toUpperCase()) }));
}

function nearestTo(name: string): string | undefined {
  // Only secrets can be read from files.
  const ofFile = CONFIG_NAMES.find((known) => name === `${known}_FILE`);
  return ofFile ?? nearestName(name, KNOWN);
}
