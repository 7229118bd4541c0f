import { createHash, timingSafeEqual } from 'node:crypto';
import type { Config } from '@etl/core';
import type { Caller } from './caller.ts';

export type WebhookConfig = Pick<Config, 'ETL_WEBHOOK_TOKENS'>;

/** Makes a function that finds the caller of a webhook token: an administrator, named by the token's label. */
export function webhookTokens(
  tokens: WebhookConfig['ETL_WEBHOOK_TOKENS'],
): (given: string) => Caller | undefined {
  const known = tokens.map(({ label, token }) => ({ label, digest: digestOf(token) }));
  return (given) => {
    const digest = digestOf(given);
    // Compares every token completely: the time does not tell which one is nearly right.
    const [matching] = known.filter((token) => timingSafeEqual(token.digest, digest));
    return matching && { role: 'administrator', name: matching.label, key: `token ${matching.label}` };
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
