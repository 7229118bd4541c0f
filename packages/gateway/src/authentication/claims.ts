import { EtlError, isCallerName } from '@etl/core';
import { z } from 'zod';
import type { Caller } from './caller.ts';

/** A category's idnumber or id. No category has a blank name. */
const categoryName = z.union([z.string().max(255), z.int().nonnegative().transform(String)]);

/** The name goes into logs and tables. */
const username = z.string().refine(isCallerName, 'must be a name');

/** What is said about a caller by a party that the gateway trusts. */
export const Claims = z.object({
  username: username.nullish(),
  roles: z
    .union([z.string().transform((role) => [role]), z.array(z.string())])
    .nullish()
    .transform((roles) => roles ?? []),
  directorate: categoryName.nullish().transform((name) => name ?? undefined),
  unit: categoryName.nullish().transform((name) => name ?? undefined),
});

export type Claims = z.infer<typeof Claims>;

/** The claims in this form. Throws UNAUTHORIZED. `whose` begins the message. */
export function parseClaims(payload: unknown, whose = "The token's"): Claims {
  const claims = Claims.safeParse(payload);
  if (claims.success) return claims.data;
  const fields = [...new Set(claims.error.issues.map(({ path }) => String(path[0])))].join(', ');
  throw new EtlError('UNAUTHORIZED', `${whose} claims cannot be understood: ${fields}`, {
    cause: claims.error,
  });
}

/**
 * The caller with these verified claims: an administrator if it has a user name and a role of `adminRoles`, else a
 * viewer of its directorate and unit. All ways to sign in come here.
 */
export function callerOfClaims(
  { username, roles, directorate, unit }: Claims,
  adminRoles: readonly string[],
): Caller {
  const caller = {
    name: username ?? '(no user name)',
    key: `signed ${JSON.stringify([username, directorate, unit])}`,
  };
  if (username != null && roles.some((role) => adminRoles.includes(role))) {
    return { ...caller, role: 'administrator' };
  }
  return { ...caller, role: 'viewer', membership: { directorate, unit } };
}
