import { z } from 'zod';
import { readJson } from './limited-fetch.ts';

/** The algorithms of tokens that are verified by a key of a set. A set never holds a secret: HS256 is not among them. */
export const KEY_SET_ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];

const KeySet = z.looseObject({
  keys: z.array(
    z.looseObject({
      kty: z.string(),
      kid: z.string().optional(),
      use: z.string().optional(),
      alg: z.string().optional(),
    }),
  ),
});

export type KeySet = z.infer<typeof KeySet>;

/**
 * Reads the public keys at an address (JWKS, RFC 7517). The error's message completes the sentence "The keys cannot be
 * read: …".
 */
export async function readKeySet(address: string | URL, signal: AbortSignal): Promise<KeySet> {
  const set = KeySet.safeParse(await readJson(address, signal));
  if (!set.success) throw new Error('the answer is not a key set (JWKS)');
  // A set without them would refuse every token until the next read.
  if (!set.data.keys.some(verifiesTokens)) {
    throw new Error(`the set has no key for ${KEY_SET_ALGORITHMS.join(', ')}`);
  }
  return set.data;
}

/** Whether tokens can be verified by this key of a set. */
export function verifiesTokens({ kty, use, alg }: KeySet['keys'][number]): boolean {
  return (
    ['RSA', 'EC', 'OKP'].includes(kty) &&
    (use === undefined || use === 'sig') &&
    (alg === undefined || KEY_SET_ALGORITHMS.includes(alg))
  );
}
