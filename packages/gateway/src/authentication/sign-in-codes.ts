import { EtlError, signInCodeKey } from '@etl/core';
import type { Services } from '../services.ts';

/**
 * Takes the token that a one-time code leads to, for the first caller only. Only the demo makes codes: it writes them
 * to Redis, which forgets them after a minute. Throws UNAUTHORIZED, QUEUE_UNAVAILABLE.
 */
export async function tokenOfCode({ queues, config }: Services, code: string): Promise<string> {
  const token = await queues.redis
    .getdel(signInCodeKey(config.ETL_QUEUE_PREFIX, code))
    .catch((cause: unknown) => {
      throw new EtlError('QUEUE_UNAVAILABLE', undefined, { cause });
    });
  if (token === null) {
    throw new EtlError('UNAUTHORIZED', 'This address has been used or is too old. Sign in with a token.');
  }
  return token;
}
