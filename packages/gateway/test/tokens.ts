import { SignJWT } from 'jose';

/** Long enough for every HMAC: a token is not rejected for the length of its key. */
export const JWT_SECRET = 'a-secret-for-these-tests-of-64-and-more-'.repeat(2);
export const ADMIN_ROLE = 'etl-admin';

/** The settings of a gateway that accepts the tokens of `signed`. */
export const JWT_ENV = { ETL_JWT_SECRET: JWT_SECRET, ETL_ADMIN_ROLES: `${ADMIN_ROLE}, dean` };

/** A token with these claims, valid for an hour. */
export function signed(claims: Record<string, unknown>): Promise<string> {
  return signedFor(claims, '1h');
}

/** A token with these claims, valid for a time such as `2s`. */
export function signedFor(claims: Record<string, unknown>, time: string): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(time)
    .sign(new TextEncoder().encode(JWT_SECRET));
}
