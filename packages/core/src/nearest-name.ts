import { closestMatch } from 'leven';

/** The most letters of a near-miss that are wrong, missing or superfluous. */
const MISSPELT_LETTERS = 2;

/** The name of which a text is a near-miss, in upper or lower case. Undefined if it is none. */
export function nearestName(text: string, known: readonly string[]): string | undefined {
  const letters = text.toLowerCase();
  const names = new Map(known.map((name) => [name.toLowerCase(), name]));
  // Of two or three letters any two may be wrong: half of the letters must be right.
  const maxDistance = Math.min(MISSPELT_LETTERS, Math.floor(letters.length / 2));
  return names.get(closestMatch(letters, [...names.keys()], { maxDistance }) ?? '');
}
