import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Config, EtlError, KEY_SET_ALGORITHMS } from '@etl/core';
import { decodeJwt, errors, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose';
import { z } from 'zod';
import type { AddressKeys } from './address-keys.ts';
import type { Caller } from './caller.ts';
import { callerOfClaims, parseClaims } from './claims.ts';

export type JwtConfig = Pick<
  Config,
  'ETL_JWT_SECRET' | 'ETL_JWT_PUBLIC_KEY' | 'ETL_JWT_AUDIENCE' | 'ETL_JWT_ISSUER' | 'ETL_ADMIN_ROLES'
>;

/** Verifies a token by the keys of one source. Throws an error of jose, or SIGN_IN_UNAVAILABLE. */
type Verify = (token: string) => Promise<JWTVerifyResult>;

/**
 * Makes a function that verifies a signed token and returns its caller, by its claims. An invalid token throws
 * UNAUTHORIZED, and without a configured key every token is invalid. Throws SIGN_IN_UNAVAILABLE if the token may be
 * valid, but the keys at the address cannot be read.
 */
export function jwtVerifier(
  config: JwtConfig,
  addressKeys: AddressKeys | undefined,
): (token: string) => Promise<Caller> {
  const options: JWTVerifyOptions = {
    ...(config.ETL_JWT_AUDIENCE !== undefined && { audience: config.ETL_JWT_AUDIENCE }),
    ...(config.ETL_JWT_ISSUER !== undefined && { issuer: config.ETL_JWT_ISSUER }),
  };
  const keys = keysOf(config);
  const ways: Verify[] = [];
  // The configured keys come first: they cost no request.
  if (keys.size > 0) ways.push(byConfiguredKeys(keys, options));
  if (addressKeys) ways.push(byAddressKeys(addressKeys, options));
  return async (token) => {
    if (ways.length === 0) throw new EtlError('UNAUTHORIZED');
    try {
      const { payload } = await firstMatch(ways, token);
      return { ...callerOfClaims(parseClaims(payload), config.ETL_ADMIN_ROLES), expiresAt: payload.exp };
    } catch (cause) {
      if (cause instanceof EtlError) throw cause;
      throw new EtlError('UNAUTHORIZED', reasonOf(cause), { cause });
    }
  };
}

/** The result of the first source with a matching key. */
async function firstMatch([way, ...others]: Verify[], token: string): Promise<JWTVerifyResult> {
  if (way === undefined) throw new EtlError('UNAUTHORIZED');
  try {
    return await way(token);
  } catch (error) {
    const isOfAnotherKey =
      error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed;
    if (isOfAnotherKey && others.length > 0) return firstMatch(others, token);
    throw error;
  }
}

function byConfiguredKeys(
  keys: ReadonlyMap<string, Uint8Array | KeyObject>,
  options: JWTVerifyOptions,
): Verify {
  // Each algorithm has its own key, so a public key is never used as a secret.
  const keyOf = ({ alg = '' }) => {
    const key = keys.get(alg);
    if (!key) throw new errors.JOSEAlgNotAllowed('no key for this algorithm');
    return key;
  };
  return (token) => jwtVerify(token, keyOf, { ...options, algorithms: [...keys.keys()] });
}

/** A token without an end is not one that a provider makes for a person. */
function byAddressKeys({ keyOf, isFailing }: AddressKeys, given: JWTVerifyOptions): Verify {
  const options = { ...given, algorithms: [...KEY_SET_ALGORITHMS], requiredClaims: ['exp'] };
  return async (token) => {
    try {
      return await jwtVerify(
        token,
        async (header, jws) => {
          // The address is not asked for a text that is no signed token.
          decodeJwt(token);
          if (jws.signature === '') throw new errors.JWSInvalid('no signature');
          return keyOf(header, jws);
        },
        options,
      );
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return byOneOf(error, token, options);
      // Its key may be a new one.
      if (error instanceof errors.JWKSNoMatchingKey && isFailing()) {
        throw new EtlError('SIGN_IN_UNAVAILABLE', undefined, { cause: error });
      }
      throw error;
    }
  };
}

/** Several keys have the token's `kid`, or the token names none. */
async function byOneOf(
  keys: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  for await (const key of keys) {
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
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

/** Whether the rejected token may be an invented one. A token with a right signature, such as an expired one, is not. */
export function isGuessed(error: Error): boolean {
  const { cause } = error;
  const hasRightSignature =
    cause instanceof errors.JWTExpired ||
    cause instanceof errors.JWTClaimValidationFailed ||
    cause instanceof z.ZodError;
  return !hasRightSignature && !(error instanceof EtlError && error.code === 'SIGN_IN_UNAVAILABLE');
}
