import { SignJWT } from 'jose';

/** Long enough for every HMAC: what is refused is not refused for its key. */
export const JWT_SECRET = 'a-secret-for-these-tests-of-64-and-more-'.repeat(2);
export const ADMIN_ROLE = 'etl-admin';

/** What a gateway needs so that it takes the tokens that `signed` makes. */
export const JWT_ENV = { ETL_JWT_SECRET: JWT_SECRET, ETL_ADMIN_ROLES: `${ADMIN_ROLE}, dean` };

/** A token with these claims, good for an hour. */
export function signed(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(JWT_SECRET));
}
