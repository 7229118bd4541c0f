import { z } from 'zod';

/** Headers with a meaning of their own. */
const TAKEN =
  /^(authorization|cookie|host|origin|referer|content-.*|accept.*|if-.*|sec-.*|forwarded|x-forwarded-(for|host|proto|port)|x-request-id|connection|upgrade)$/i;

/** Without underscores: some servers take `X_User` for `X-User`. */
const headerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'the name of a header: letters, digits and -, such as X-Person-User')
  .refine((name) => !TAKEN.test(name), 'a header without another meaning, such as X-Person-User')
  .transform((name) => name.toLowerCase())
  .optional();

export const PROXY_SIGN_IN = {
  ETL_PROXY_USER_HEADER: headerName.describe(
    'Header in which a proxy names [the person whom it has signed in](authentication.md#a-proxy-that-signs-people-in). It needs `ETL_TRUST_PROXY` and `ETL_SESSION_SECRET`',
  ),
  ETL_PROXY_ROLES_HEADER: headerName.describe('Header with the roles of that person, separated by `;`'),
  ETL_PROXY_DIRECTORATE_HEADER: headerName.describe('Header with the directorate of that person'),
  ETL_PROXY_UNIT_HEADER: headerName.describe('Header with the unit of that person'),
};

/** What is wrong about the headers of a proxy, by variable. */
export function proxyComplaints(given: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const complaints = new Map<string, string>();
  const names = Object.keys(PROXY_SIGN_IN).filter((name) => given[name] !== undefined);
  const [first] = names;
  if (first === undefined) return complaints;
  if (given.ETL_PROXY_USER_HEADER === undefined) {
    complaints.set(
      'ETL_PROXY_USER_HEADER',
      `ETL_PROXY_USER_HEADER is not set, but ${first} is. Set it to the header that names the person`,
    );
  }
  if (given.ETL_TRUST_PROXY === undefined) {
    complaints.set(
      'ETL_TRUST_PROXY',
      `ETL_TRUST_PROXY is not set, but ${first} is. Set it to the address of the proxy that signs people in`,
    );
  }
  if (given.ETL_SESSION_SECRET === undefined) {
    complaints.set(
      'ETL_SESSION_SECRET',
      `ETL_SESSION_SECRET is not set, but ${first} is: no session can begin. Make one with: openssl rand -hex 32`,
    );
  }
  const headers = names.map((name) => given[name]?.toLowerCase());
  const twice = names.find((_, at) => headers.indexOf(headers[at]) !== at);
  if (twice !== undefined)
    complaints.set(
      twice,
      `${twice}: another variable names the header "${given[twice]}" too. Set another one`,
    );
  return complaints;
}
