import type { Config } from '@etl/core';
import { type Claims, parseClaims } from '../claims.ts';

const NAMES = ['username', 'roles', 'directorate', 'unit'] as const;

type Said = Readonly<Record<string, unknown>>;

export type MappingConfig = Pick<Config, 'ETL_OIDC_CLAIMS' | 'ETL_OIDC_ROLES' | 'ETL_ADMIN_ROLES'>;

/** Whether a claim that the configuration names is missing. */
export function lacksClaims(said: Said, { ETL_OIDC_CLAIMS: names = {} }: MappingConfig): boolean {
  return NAMES.some((name) => claimAt(said, names[name] ?? name) === undefined);
}

/**
 * The claims under our names, from the first of `sources` that has each. Roles that the configuration does not name
 * are left out: a person can have hundreds, and a cookie has 4 KB. Throws UNAUTHORIZED.
 */
export function claimsFrom(sources: readonly Said[], config: MappingConfig): Claims {
  const { ETL_OIDC_CLAIMS: names = {}, ETL_OIDC_ROLES: table = [], ETL_ADMIN_ROLES: adminRoles } = config;
  const saidOf = (name: (typeof NAMES)[number]) =>
    sources.map((said) => claimAt(said, names[name] ?? name)).find((value) => value !== undefined);
  const claims = parseClaims(
    {
      username: single(saidOf('username')),
      roles: saidOf('roles'),
      directorate: single(saidOf('directorate')),
      unit: single(saidOf('unit')),
    },
    "The provider's",
  );
  const known = new Set([...adminRoles, ...table.map(({ value }) => value)]);
  return { ...claims, roles: claims.roles.filter((role) => known.has(role)) };
}

/** The claims with the category of the first row that fits, and the roles of administrators with that of the row. */
export function byTable(claims: Claims, config: MappingConfig): [claims: Claims, adminRoles: string[]] {
  const { ETL_OIDC_ROLES: table = [], ETL_ADMIN_ROLES: adminRoles } = config;
  const row = table.find(({ value }) => claims.roles.includes(value));
  if (row === undefined) return [claims, adminRoles];
  if (row.role === 'administrator') return [claims, [...adminRoles, row.value]];
  const hasCategory = claims.directorate !== undefined || claims.unit !== undefined;
  const { directorate, unit } = row;
  return [hasCategory ? claims : { ...claims, directorate, unit }, adminRoles];
}

/** The claim of this name, or at this path: names such as `https://example.edu/roles` have dots, too. */
function claimAt(said: Said, name: string): unknown {
  if (Object.hasOwn(said, name)) return said[name] ?? undefined;
  let found: unknown = said;
  for (const part of name.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Said)[part];
  }
  return found ?? undefined;
}

/** Keycloak and others make a list of an attribute with one value. */
function single(value: unknown): unknown {
  return Array.isArray(value) && value.length < 2 ? value[0] : value;
}
