import { asError, EtlError, type KeySet, type Logger, readKeySet } from '@etl/core';
import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';

const MINUTE_MS = 60_000;

/** The set is read again if it is older than this, or if a token names an unknown key. */
const FRESH_MS = 10 * MINUTE_MS;

/** If the address is unreachable, its keys are used this long after they were read. */
const STALE_MS = 60 * MINUTE_MS;

/** Requests wait for the answer. */
const TIMEOUT_MS = 5000;

/** The public keys at an address, by their `kid`. */
export interface AddressKeys {
  /** Finds the key of a token. Throws SIGN_IN_UNAVAILABLE if there are no keys that may still be used. */
  keyOf: JWTVerifyGetKey;
  /** Whether the last read failed. Undefined before the first one. */
  isFailing(): boolean | undefined;
}

/**
 * Keeps the keys of ETL_JWT_JWKS_URL. jose shares a read among requests and reads again for an unknown `kid`. It does
 * neither limit failed reads nor keep the last keys: `fetchSet` does.
 */
export function openAddressKeys(address: string, log: Logger): AddressKeys {
  let last: { set: KeySet; readAt: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: Error | undefined;
  const isTooOld = () => failure !== undefined && !(last && performance.now() - last.readAt < STALE_MS);

  const fetchSet: FetchImplementation = async (url, { signal }) => {
    if (performance.now() - triedAt >= MINUTE_MS) {
      triedAt = performance.now();
      try {
        last = { set: await readKeySet(url, signal), readAt: performance.now() };
        if (failure) log.info('the keys at ETL_JWT_JWKS_URL can be read again');
        failure = undefined;
      } catch (error) {
        failure = asError(error);
        log.warn({ why: failure.message, address }, KEYS_CANNOT_BE_READ);
      }
    }
    if (isTooOld()) throw new EtlError('SIGN_IN_UNAVAILABLE', undefined, { cause: failure });
    return Response.json(last?.set);
  };

  const keys = createRemoteJWKSet(new URL(address), {
    cooldownDuration: MINUTE_MS,
    cacheMaxAge: FRESH_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: fetchSet,
  });
  return {
    keyOf: async (header, token) => {
      if (isTooOld()) await keys.reload();
      return keys(header, token);
    },
    isFailing: () => (last || failure) && failure !== undefined,
  };
}

const KEYS_CANNOT_BE_READ =
  'the keys of signed tokens cannot be read: check ETL_JWT_JWKS_URL, and that this machine reaches it (pnpm etl doctor)';
