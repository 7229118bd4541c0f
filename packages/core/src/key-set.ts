import { z } from 'zod';

/** The algorithms of tokens that are verified by a key of a set. A set never holds a secret: HS256 is not among them. */
export const KEY_SET_ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** A provider's set has a few kilobytes. */
const MOST_BYTES = 256 * 1024;

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
  const text = await textAt(address, signal).catch((cause: Error) => {
    throw new Error(signal.aborted ? 'the address did not answer in time' : deepest(cause), { cause });
  });
  const set = KeySet.safeParse(jsonOf(text));
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

async function textAt(address: string | URL, signal: AbortSignal): Promise<string> {
  const headers = { accept: 'application/json, application/jwk-set+json' };
  const { status, body } = await fetch(address, { redirect: 'manual', headers, signal });
  if (status !== 200 || body === null) {
    await body?.cancel();
    throw new Error(
      status >= 300 && status < 400 ? 'the address leads to another one' : `it answered ${status}`,
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop closes the connection.
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw new Error(`the answer has more than ${MOST_BYTES / 1024} kB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch` hides what happened in the causes of its error. */
function deepest(error: Error): string {
  const { cause, errors } = error as Error & { errors?: Error[] };
  const next = cause ?? errors?.[0];
  return next instanceof Error ? deepest(next) : error.message;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
