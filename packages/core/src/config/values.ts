import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BATCHES, Batch } from '../batches.ts';
import { isCallerName } from '../caller-name.ts';
import { isCronPattern } from '../cron-pattern.ts';
import { isLoopback } from '../loopback.ts';
import { parseRedisAddress } from './redis-address.ts';

export const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

export const wholeNumber = (least: number, most: number) => {
  const allowed = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d+$/, allowed)
    .transform(Number)
    .refine((number) => number >= least && number <= most, allowed);
};

export const databaseAddress = z.string().refine((text) => {
  return URL.canParse(text) && new URL(text).protocol === 'mysql:' && new URL(text).pathname.length > 1;
}, 'an address that names its database: mysql://user:password@host:port/database (special characters percent-encoded)');

export const redisAddress = z
  .string()
  .refine(
    (text) => parseRedisAddress(text) !== undefined,
    'an address such as redis://:password@host:port, redis-sentinel://:password@host:port,host:port/group or ' +
      'redis-cluster://:password@host:port,host:port (special characters percent-encoded)',
  );

export const webAddress = (example: string) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && !new URL(text).username,
      `an address such as ${example}, without a user or password in it`,
    );

/** An address whose answers are believed: over HTTPS, or on this machine. */
export const secureWebAddress = (example: string) =>
  z.string().refine((text) => {
    const { protocol, username, password } = URL.parse(text) ?? {};
    const isSecure = protocol === 'https:' || (protocol === 'http:' && isLoopback(text));
    return isSecure && username === '' && password === '';
  }, `an address such as ${example}: https (http at a loopback address), without a user or password in it`);

/**
 * TLS of a connection: null for none. Otherwise the server's certificate is checked against `ca` (PEM) or the public
 * authorities.
 */
export type Tls = { ca?: string } | null;

export const tls = z
  .string()
  .transform((text, context): Tls => {
    if (text === 'off') return null;
    if (text === 'on') return {};
    try {
      const ca = readFileSync(text, 'utf8');
      new X509Certificate(ca);
      return { ca };
    } catch {
      context.addIssue('off, on, or the path of a readable file with the certificate of an authority (PEM)');
      return z.NEVER;
    }
  })
  .default(null);

export const roleIds = z
  .string()
  .transform(list)
  .refine((ids) => ids.length > 0 && ids.every((id) => /^[1-9]\d*$/.test(id)), 'role ids, such as 3,4')
  .transform((ids) => ids.map(Number));

export const batchNames = z
  .string()
  .transform(list)
  .refine(
    (names) => names.length > 0 && names.every((name) => Batch.safeParse(name).success),
    `one or more of ${BATCHES.join(', ')}`,
  )
  .transform((names) => [...new Set(names)] as Batch[]);

/** A cron pattern, or null for no schedule. */
export const schedule = (usual: string) =>
  z
    .string()
    .refine(
      (text) => text === 'off' || isCronPattern(text),
      'a cron pattern of five fields, such as "0 2 * * *", or off',
    )
    .transform((text) => (text === 'off' ? null : text))
    .default(usual === 'off' ? null : usual);

export const webhookTokens = z
  .string()
  .transform(list)
  .transform((entries) =>
    entries.map((entry) => {
      const colon = entry.indexOf(':');
      return { label: entry.slice(0, Math.max(colon, 0)), token: entry.slice(colon + 1) };
    }),
  )
  .refine(
    (tokens) => tokens.every(({ label, token }) => label !== '' && token !== ''),
    'label:token, and further ones after commas',
  )
  .refine(
    (tokens) => tokens.every(({ label }) => isCallerName(label)),
    'labels with a letter or a digit, and without invisible characters',
  )
  .refine((tokens) => tokens.every(({ token }) => !/\s/.test(token)), 'tokens without blanks')
  .refine(
    (tokens) => new Set(tokens.map(({ label }) => label)).size === tokens.length,
    'a label of its own for each token',
  );

/** A number of requests, or null for no limit. */
export const rateLimit = z
  .string()
  .regex(/^([1-9]\d{0,6}|off)$/, 'a whole number from 1 to 9999999, or off')
  .transform((text) => (text === 'off' ? null : Number(text)));

export const origins = z
  .string()
  .transform(list)
  .refine(
    (all) => all.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'origins such as https://portal.example.edu, separated by commas',
  );

/** Without a path: the pages are at the root. A session's cookie needs HTTPS. */
export const publicUrl = z
  .string()
  .refine((text) => {
    const { protocol, href, origin } = URL.parse(text) ?? {};
    return protocol === 'https:' && href === `${origin}/`;
  }, 'an address such as https://etl.example.edu, without a path')
  .transform((text) => new URL(text).origin);

/** PEM, with line breaks or with \n for each of them. A private key is rejected. */
export const publicKey = z
  .string()
  .transform((text) => text.replaceAll('\\n', '\n'))
  .refine((text) => {
    try {
      const { type, asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(text);
      if (type !== 'public' || text.includes('PRIVATE')) return false;
      if (asymmetricKeyType === 'ec') return asymmetricKeyDetails?.namedCurve === 'prime256v1';
      return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
    } catch {
      return false;
    }
  }, 'a public key in PEM form (-----BEGIN PUBLIC KEY-----): RSA of 2048 bits or more, or EC P-256');

export const sessionSecret = z
  .string()
  .refine((text) => text.length >= 32, '32 characters or more, such as: openssl rand -hex 32');

/** In the form of Standard Webhooks: `whsec_` and at least 24 bytes in base64. */
export const webhookSecret = z
  .string()
  .refine(
    (text) => /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(text),
    'whsec_ and 24 bytes or more in base64, such as: echo whsec_$(openssl rand -base64 32)',
  );
