import { isIP } from 'node:net';
import { z } from 'zod';
import { isLoopback } from '../loopback.ts';
import { claimNames, issuer, roleTable } from './sign-in-values.ts';

export const SIGN_IN = {
  ETL_OIDC_ISSUER: issuer
    .optional()
    .describe(
      "Address of the university's OpenID provider: [people sign in there](authentication.md#the-universitys-sign-in). It needs the next two, `ETL_SESSION_SECRET` and `ETL_PUBLIC_URL`",
    ),
  ETL_OIDC_CLIENT_ID: z.string().optional().describe('Id of this system at the provider'),
  ETL_OIDC_CLIENT_SECRET: z.string().optional().describe('Secret of this system at the provider'),
  ETL_OIDC_CLAIMS: claimNames
    .optional()
    .describe(
      "The provider's names of our claims: `username=preferred_username,roles=realm_access.roles`. Others keep our name",
    ),
  ETL_OIDC_ROLES: roleTable
    .optional()
    .describe(
      'What a value of the claim `roles` makes of a person, for a provider that knows no categories. The first row that fits decides',
    ),
};

const PROVIDER = ['ETL_OIDC_ISSUER', 'ETL_OIDC_CLIENT_ID', 'ETL_OIDC_CLIENT_SECRET'] as const;

/** What is missing beside the variables of the provider, by variable. */
export function signInComplaints(given: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const complaints = new Map<string, string>();
  const set = Object.keys(SIGN_IN).find((name) => given[name] !== undefined);
  if (set === undefined) return complaints;
  for (const name of PROVIDER) {
    if (given[name] === undefined)
      complaints.set(name, `${name} is not set, but ${set} is. Set ${PROVIDER.join(', ')}, or none of them`);
  }
  if (given.ETL_SESSION_SECRET === undefined) {
    complaints.set(
      'ETL_SESSION_SECRET',
      `ETL_SESSION_SECRET is not set, but ${set} is: no session can begin. Make one with: openssl rand -hex 32`,
    );
  }
  const { HOST: host = '127.0.0.1' } = given;
  const isTrial =
    isLoopback(`http://${isIP(host) === 6 ? `[${host}]` : host}`) && given.ETL_TRUST_PROXY === undefined;
  if (given.ETL_PUBLIC_URL === undefined && !isTrial) {
    complaints.set(
      'ETL_PUBLIC_URL',
      `ETL_PUBLIC_URL is not set, but ${set} is: the provider must lead people back. Set it to the address that browsers open`,
    );
  }
  return complaints;
}
