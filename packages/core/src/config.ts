import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { BATCHES, Batch } from './batches.ts';
import { isTimeZone } from './days.ts';
import { isCronPattern } from './schedule.ts';

/** A token of the documentation or of this repository's examples: known to everybody. */
const EXAMPLE_TOKENS = [
  'token',
  'your-webhook-token',
  'your-webhook-token-here',
  'change-me-to-a-long-secret',
];
const SHORTEST_TOKEN = 16;

/** What HS256 is worth ends with its secret: RFC 7518 asks for 256 bits. */
export const SHORTEST_JWT_SECRET = 32;

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const wholeNumber = (least: number, most: number) => {
  const allowed = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d+$/, allowed)
    .transform(Number)
    .refine((number) => number >= least && number <= most, allowed);
};

const address = (...schemes: string[]) => {
  const allowed = `an address such as ${schemes[0]}://user:password@host:port/name`;
  return z.string().refine((text) => {
    return URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1));
  }, allowed);
};

const databaseAddress = address('mysql').refine(
  (text) => !URL.canParse(text) || new URL(text).pathname.length > 1,
  'an address that names its database: mysql://user:password@host:port/database (special characters percent-encoded)',
);

const roleIds = z
  .string()
  .transform(list)
  .refine((ids) => ids.length > 0 && ids.every((id) => /^[1-9]\d*$/.test(id)), 'role ids, such as 3,4')
  .transform((ids) => ids.map(Number));

const batchNames = z
  .string()
  .transform(list)
  .refine(
    (names) => names.length > 0 && names.every((name) => Batch.safeParse(name).success),
    `one or more of ${BATCHES.join(', ')}`,
  )
  .transform((names) => [...new Set(names)] as Batch[]);

/** A cron pattern, or null where there is to be no schedule. */
const schedule = (usual: string) =>
  z
    .string()
    .refine(
      (text) => text === 'off' || isCronPattern(text),
      'a cron pattern of five fields, such as "0 2 * * *", or off',
    )
    .transform((text) => (text === 'off' ? null : text))
    .default(usual);

const webhookTokens = z
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
  .refine((tokens) => tokens.every(({ token }) => !/\s/.test(token)), 'tokens without blanks')
  .refine(
    (tokens) => new Set(tokens.map(({ label }) => label)).size === tokens.length,
    'a label of its own for each token',
  );

/** A number of requests, or null where there is to be no limit. */
const rateLimit = z
  .string()
  .regex(/^([1-9]\d{0,6}|off)$/, 'a whole number from 1 to 9999999, or off')
  .transform((text) => (text === 'off' ? null : Number(text)));

const origins = z
  .string()
  .transform(list)
  .refine(
    (all) => all.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'origins such as https://portal.example.edu, separated by commas',
  );

/** PEM, its line breaks as such or written as \n. A private key has no business here. */
const publicKey = z
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

/** Every variable of the environment that this system reads. All values are strings there; a blank one counts as unset. */
const Environment = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: wholeNumber(0, 65_535).default(8081),
  HOST: z.string().default('127.0.0.1'),
  ETL_WORKER_PORT: wholeNumber(1, 65_535).optional(),
  ETL_DATABASE_URL: databaseAddress.optional(),
  MOODLE_DATABASE_URL: databaseAddress.optional(),
  MOODLE_TABLE_PREFIX: z
    .string()
    .regex(/^\w{0,20}$/, 'up to 20 letters, digits and underscores')
    .default('mdl_'),
  REDIS_URL: address('redis', 'rediss').optional(),
  ETL_QUEUE_PREFIX: z
    .string()
    .regex(/^[^:\s]+$/, 'any word without a colon; keep the braces where Redis is a cluster')
    .default('{etl}'),
  ETL_BATCH_SIZE: wholeNumber(1, 10_000).default(1000),
  ETL_MERGE_BATCH_SIZE: wholeNumber(1, 10_000).default(500),
  ETL_TIMEOUT: wholeNumber(1, 86_400).default(300),
  ETL_SOURCE_CONCURRENCY: wholeNumber(1, 64).default(2),
  ETL_SOURCE_MAX_THREADS_RUNNING: wholeNumber(1, 100_000).default(25),
  ETL_SOURCE_MAX_REPLICA_LAG: wholeNumber(1, 86_400).default(60),
  ETL_LEASE_SECONDS: wholeNumber(1, 3600).default(12),
  ETL_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ETL_WEBHOOK_TOKENS: webhookTokens.default([]),
  ETL_JWT_SECRET: z.string().optional(),
  ETL_JWT_PUBLIC_KEY: publicKey.optional(),
  ETL_JWT_AUDIENCE: z.string().optional(),
  ETL_JWT_ISSUER: z.string().optional(),
  ETL_ADMIN_ROLES: z.string().transform(list).default([]),
  ETL_RATE_LIMIT: rateLimit.default(600),
  ETL_CORS_ORIGINS: origins.default([]),
  ETL_TRUST_PROXY: z.string().transform(list).default([]),
  ETL_TIMEZONE: z
    .string()
    .refine(isTimeZone, 'an IANA time zone, such as UTC or Asia/Jakarta')
    .default('UTC'),
  ETL_SCHEDULE: schedule('0 2 * * *'),
  ETL_STATUS_SCHEDULE: schedule('0 * * * *'),
  ETL_CATCH_UP_DAYS: wholeNumber(0, 366).default(7),
  ETL_LOG_RETENTION_DAYS: wholeNumber(1, 3650).default(90),
  ETL_WORKER_BATCHES: batchNames.default([...BATCHES]),
  ETL_STUDENT_ROLE_IDS: roleIds.default([5]),
  ETL_TEACHER_ROLE_IDS: roleIds.default([3, 4]),
  BULL_BOARD_USER: z.string().optional(),
  BULL_BOARD_PASSWORD: z.string().optional(),
});

export type Config = z.infer<typeof Environment>;
export type ConfigName = keyof Config;
export const CONFIG_NAMES = Object.keys(Environment.shape) as ConfigName[];

/** The configuration of a process that cannot do without these optional variables. */
export type ConfigWith<Needed extends ConfigName> = Config & {
  [name in Needed]-?: NonNullable<Config[name]>;
};

/** They hold passwords: a complaint must not repeat them, and each can be read from a file. */
export const SECRETS: ReadonlySet<string> = new Set<ConfigName>([
  'ETL_DATABASE_URL',
  'MOODLE_DATABASE_URL',
  'REDIS_URL',
  'ETL_WEBHOOK_TOKENS',
  'ETL_JWT_SECRET',
  'ETL_JWT_PUBLIC_KEY',
  'BULL_BOARD_PASSWORD',
]);

/** The environment is wrong. Its message has one line for each variable: name, value and what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  /** The variables that are wrong, or missing. */
  readonly variables: readonly string[];

  constructor(
    message: string,
    { variables = [], cause }: { variables?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.variables = variables;
  }
}

/**
 * Validates the environment. `needs` names the optional variables that this process cannot do without.
 * Throws ConfigError, which names everything that is wrong at once.
 */
export function loadConfig<Needed extends ConfigName = never>(
  env: NodeJS.ProcessEnv,
  needs: readonly Needed[] = [],
): ConfigWith<Needed> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
  const parsed = Environment.safeParse(given);
  const complaints = new Map<string, string>();
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (!complaints.has(name)) complaints.set(name, complaint(name, given[name], issue));
  }
  for (const name of needs) {
    if (given[name] === undefined && !complaints.has(name)) complaints.set(name, `${name} is not set`);
  }
  const isProduction = given.NODE_ENV === 'production';
  const weak = isProduction
    ? weakTokens(webhookTokens.safeParse(given.ETL_WEBHOOK_TOKENS ?? '').data ?? [])
    : [];
  if (isProduction && (given.ETL_JWT_SECRET?.length ?? SHORTEST_JWT_SECRET) < SHORTEST_JWT_SECRET) {
    complaints.set(
      'ETL_JWT_SECRET',
      `ETL_JWT_SECRET is shorter than ${SHORTEST_JWT_SECRET} characters; make one with: openssl rand -hex 32`,
    );
  }
  if (weak.length > 0) {
    complaints.set(
      'ETL_WEBHOOK_TOKENS',
      `ETL_WEBHOOK_TOKENS: the token of ${weak.join(', ')} is a documented example or shorter than ${SHORTEST_TOKEN} ` +
        'characters; make one with: openssl rand -hex 24',
    );
  }
  if (complaints.size > 0 || !parsed.success) {
    throw new ConfigError(
      `The environment (or the file .env; .env.example shows all of it) is not right:\n  ${[...complaints.values()].join('\n  ')}`,
      { variables: [...complaints.keys()] },
    );
  }
  return parsed.data as ConfigWith<Needed>;
}

function complaint(name: string, value: string | undefined, issue: z.core.$ZodIssue): string {
  if (value === undefined) return `${name} is not set`;
  const allowed = issue.code === 'invalid_value' ? `one of ${issue.values.join(', ')}` : issue.message;
  return `${name}: ${SECRETS.has(name) ? 'its value' : `"${value}"`} is not allowed; it takes ${allowed}`;
}

/** The labels of tokens that nobody should rely on. */
export function weakTokens(tokens: Config['ETL_WEBHOOK_TOKENS']): string[] {
  return tokens
    .filter(({ token }) => token.length < SHORTEST_TOKEN || EXAMPLE_TOKENS.includes(token))
    .map(({ label }) => label);
}
