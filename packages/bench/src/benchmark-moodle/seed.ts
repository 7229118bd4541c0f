/** Two seeds for the server's RAND(), derived from a text, each below 2^30. */
export function seedOf(text: string): [number, number] {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_000_007;
  return [hash, (hash * 48_271) % 1_000_000_007];
}
