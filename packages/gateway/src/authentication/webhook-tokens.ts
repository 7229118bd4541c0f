import { createHash, timingSafeEqual } from 'node:crypto';
import type { Config } from '@etl/core';
import type { Caller } from './caller.ts';

/** What recognises a configured webhook token: whoever has one is an administrator with the token's label for a name. */
export function webhookTokens(tokens: Config['ETL_WEBHOOK_TOKENS']): (given: string) => Caller | undefined {
  const known = tokens.map(({ label, token }) => ({ label, digest: digestOf(token) }));
  return (given) => {
    const digest = digestOf(given);
    // Every token is compared, all of it: the time taken says nothing about which one was nearly right.
    const [matching] = known.filter((token) => timingSafeEqual(token.digest, digest));
    return matching && { role: 'administrator', name: matching.label, key: `token ${matching.label}` };
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
