import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Config, EtlError } from '@etl/core';
import { errors, type JWTVerifyOptions, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Caller } from './caller.ts';
import { callerOfClaims, parseClaims } from './claims.ts';

export type JwtConfig = Pick<
  Config,
  'ETL_JWT_SECRET' | 'ETL_JWT_PUBLIC_KEY' | 'ETL_JWT_AUDIENCE' | 'ETL_JWT_ISSUER' | 'ETL_ADMIN_ROLES'
>;

/**
 * Makes a function that verifies a signed token and returns its caller, by its claims. An invalid token throws
 * UNAUTHORIZED, and without a configured key every token is invalid.
 */
export function jwtVerifier(config: JwtConfig): (token: string) => Promise<Caller> {
  const keys = keysOf(config);
  const options: JWTVerifyOptions = {
    algorithms: [...keys.keys()],
    ...(config.ETL_JWT_AUDIENCE !== undefined && { audience: config.ETL_JWT_AUDIENCE }),
    ...(config.ETL_JWT_ISSUER !== undefined && { issuer: config.ETL_JWT_ISSUER }),
  };
  // Each algorithm has its own key, so a public key is never used as a secret.
  const keyOf = ({ alg = '' }) => {
    const key = keys.get(alg);
    if (!key) throw new errors.JOSEAlgNotAllowed('no key for this algorithm');
    return key;
  };
  return async (token) => {
    if (keys.size === 0) throw new EtlError('UNAUTHORIZED');
    try {
      const { payload } = await jwtVerify(token, keyOf, options);
      return { ...callerOfClaims(parseClaims(payload), config.ETL_ADMIN_ROLES), expiresAt: payload.exp };
    } catch (cause) {
      if (cause instanceof EtlError) throw cause;
      throw new EtlError('UNAUTHORIZED', reasonOf(cause), { cause });
    }
  };
}

function keysOf({
  ETL_JWT_SECRET: secret,
  ETL_JWT_PUBLIC_KEY: pem,
}: JwtConfig): Map<string, Uint8Array | KeyObject> {
  const keys = new Map<string, Uint8Array | KeyObject>();
  if (secret !== undefined) keys.set('HS256', new TextEncoder().encode(secret));
  if (pem !== undefined) {
    const key = createPublicKey(pem);
    keys.set(key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256', key);
  }
  return keys;
}

/** jose checks claims after the signature: a caller with an invented token learns nothing from these messages. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'The token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf'
      ? 'The token is not valid yet'
      : `The token's claim ${error.claim} is not the right one`;
  }
  return undefined;
}

/** Whether the rejected token has a right signature, such as an expired token. Such a token is not a guess. */
export function hasRightSignature({ cause }: Error): boolean {
  return (
    cause instanceof errors.JWTExpired ||
    cause instanceof errors.JWTClaimValidationFailed ||
    cause instanceof z.ZodError
  );
}
