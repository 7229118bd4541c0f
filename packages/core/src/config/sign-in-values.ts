import { z } from 'zod';
import { isLoopback } from '../loopback.ts';
import { list } from './values.ts';

/** What the system must know about a person. */
const CLAIMS = ['username', 'roles', 'directorate', 'unit'] as const;

/** These issuers of Microsoft Entra sign in the people of every organization. */
const EVERY_TENANT = /^https:\/\/login\.microsoftonline\.com\/+(common|organizations|consumers)(\/|$)/i;

export const issuer = z
  .string()
  .refine((text) => {
    const { protocol, search, hash, username } = URL.parse(text) ?? {};
    const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(text));
    return isSafe && search === '' && hash === '' && username === '';
  }, 'an address that begins with https:// (http:// at a loopback address), such as https://sso.example.edu/realms/university')
  .refine(
    (text) => !text.includes('/.well-known/'),
    'the issuer alone, without /.well-known/openid-configuration',
  )
  .refine(
    (text) => !EVERY_TENANT.test(URL.parse(text)?.href ?? ''),
    'the id of your tenant in place of common, organizations or consumers',
  );

/** `username=preferred_username,roles=realm_access.roles`: pairs of our claim and the provider's. */
export const claimNames = z
  .string()
  .transform(list)
  .transform((pairs) =>
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, Math.max(equals, 0)).trim(), pair.slice(equals + 1).trim()] as const;
    }),
  )
  .refine(
    (pairs) =>
      pairs.every(([ours, theirs]) => (CLAIMS as readonly string[]).includes(ours) && theirs !== '') &&
      new Set(pairs.map(([ours]) => ours)).size === pairs.length,
    `pairs such as username=preferred_username,roles=realm_access.roles; before each = is one of ${CLAIMS.join(', ')}`,
  )
  .transform((pairs): Partial<Record<(typeof CLAIMS)[number], string>> => Object.fromEntries(pairs));

const category = z.string().trim().min(1).max(255);

const RoleRow = z
  .strictObject({
    value: z.string().min(1),
    role: z.enum(['administrator', 'viewer']).default('viewer'),
    directorate: category.optional(),
    unit: category.optional(),
  })
  .refine(({ role, directorate, unit }) => {
    const hasCategory = directorate !== undefined || unit !== undefined;
    return role === 'viewer' ? hasCategory : !hasCategory;
  });

const RoleTable = z
  .array(RoleRow)
  .min(1)
  .refine((rows) => new Set(rows.map(({ value }) => value)).size === rows.length);

/** What each value of the claim `roles` makes of a person. */
export const roleTable = z.string().transform((text, context) => {
  const table = RoleTable.safeParse(parsed(text));
  if (table.success) return table.data;
  context.addIssue(
    'a JSON list such as [{"value":"etl-admins","role":"administrator"},{"value":"fti","directorate":"FTI"}]: each `value` once; a viewer has a `directorate` or a `unit`, an administrator has neither',
  );
  return z.NEVER;
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
