import { readKeySet, verifiesTokens } from '@etl/core';
import { type Finding, ok, wrong } from './finding.ts';

const TIMEOUT_MS = 5000;

/** Checks whether the keys of signed tokens can be read at their address. */
export async function examineTokenKeys(address: string): Promise<Finding> {
  try {
    const { keys } = await readKeySet(address, AbortSignal.timeout(TIMEOUT_MS));
    return ok('token keys', `${keys.filter(verifiesTokens).length} at ETL_JWT_JWKS_URL`);
  } catch (error) {
    return wrong('warning', 'token keys', (error as Error).message, {
      means: 'The gateway uses the keys that it read last for an hour. Then it refuses signed tokens.',
      mend: 'Check that ETL_JWT_JWKS_URL is the address of the keys (jwks_uri of the provider), and that this machine reaches it.',
    });
  }
}
