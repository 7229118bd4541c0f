import { closestMatch } from 'leven';
import { CONFIG_NAMES, SECRETS } from './variables.ts';

const OURS = /^(ETL|MOODLE|REDIS|BULL_BOARD)_/i;

const KNOWN: readonly string[] = [...CONFIG_NAMES, ...[...SECRETS].map((name) => `${name}_FILE`)];

/** So many letters may be wrong, missing or too many for a name to be taken for a misspelt one. */
const MISSPELT_LETTERS = 2;

/** A variable that looks like ours, and that nothing reads. */
export interface UnreadVariable {
  name: string;
  /** Which one was meant, where one is that near. */
  meant: string | undefined;
}

/** The variables that begin like ours and are none of them: what was meant with them goes unheeded. */
export function unreadVariables(env: NodeJS.ProcessEnv): UnreadVariable[] {
  return Object.keys(env)
    .filter((name) => OURS.test(name) && !KNOWN.includes(name))
    .map((name) => ({ name, meant: meantBy(name.toUpperCase()) }));
}

function meantBy(name: string): string | undefined {
  // Only secrets can stand in files.
  const ofFile = CONFIG_NAMES.find((known) => name === `${known}_FILE`);
  return ofFile ?? closestMatch(name, KNOWN, { maxDistance: MISSPELT_LETTERS });
}
