import { z } from 'zod';
import { BATCHES } from '../batches.ts';
import { isTimeZone } from '../days.ts';
import {
  batchNames,
  databaseAddress,
  list,
  origins,
  proxies,
  publicKey,
  rateLimit,
  redisAddress,
  roleIds,
  schedule,
  tls,
  webAddress,
  webhookSecret,
  webhookTokens,
  wholeNumber,
} from './values.ts';

const DATABASES = {
  ETL_DATABASE_URL: databaseAddress
    .optional()
    .describe('The database of the results; the account has all rights on it'),
  ETL_DATABASE_TLS: tls.describe(
    'Whether it is spoken to over TLS, its certificate checked: `on` where a public authority has signed that, else the file with the certificate of your own authority',
  ),
  MOODLE_DATABASE_URL: databaseAddress
    .optional()
    .describe("Moodle's database; `SELECT` is enough. Needed by workers and the doctor only"),
  MOODLE_DATABASE_TLS: tls.describe('The same for that one'),
  MOODLE_TABLE_PREFIX: z
    .string()
    .regex(/^\w{0,20}$/, 'up to 20 letters, digits and underscores')
    .default('mdl_')
    .describe("What the names of Moodle's tables begin with (`$CFG->prefix`)"),
  REDIS_URL: redisAddress
    .optional()
    .describe(
      'The queue. `redis://:password@host:6379`, `redis-sentinel://:password@host,host/group` for the Redis that Sentinels name, `redis-cluster://:password@host,host` for a cluster',
    ),
  REDIS_TLS: tls.describe('The same for Redis, and its Sentinels. `rediss://` is `redis://` with `on`'),
  REDIS_SENTINEL_PASSWORD: z.string().optional().describe("The Sentinels' own password, where they have one"),
  ETL_QUEUE_PREFIX: z
    .string()
    .regex(/^[^:\s]+$/, 'any word without a colon; keep the braces where Redis is a cluster')
    .default('{etl}')
    .describe('Keys in Redis begin with this; the braces keep them together in a cluster'),
};

const FIGURES = {
  ETL_TIMEZONE: z
    .string()
    .refine(isTimeZone, 'an IANA time zone, such as UTC or Asia/Jakarta')
    .default('UTC')
    .describe("The zone that decides when a day begins: the institution's"),
  ETL_STUDENT_ROLE_IDS: roleIds.default([5]).describe('The roles (`mdl_role.id`) whose holders are students'),
  ETL_TEACHER_ROLE_IDS: roleIds.default([3, 4]).describe('The roles whose holders are teachers'),
};

const SCHEDULE = {
  ETL_SCHEDULE: schedule('0 2 * * *').describe('When yesterday is run, on the clocks of `ETL_TIMEZONE`'),
  ETL_STATUS_SCHEDULE: schedule('0 * * * *').describe('When is looked whether a day is missing'),
  ETL_CATCH_UP_DAYS: wholeNumber(0, 366)
    .default(7)
    .describe('How many days back what is missing is caught up. 0: nothing but yesterday'),
  ETL_LOG_RETENTION_DAYS: wholeNumber(1, 3650)
    .default(90)
    .describe(
      'Days after which rows of `log_scheduler` and jobs in the queue are deleted. Figures never are',
    ),
};

const GATEWAY = {
  PORT: wholeNumber(0, 65_535).default(8081).describe('Where the gateway listens'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('The address that gateway and `ETL_WORKER_PORT` listen on; 0.0.0.0 lets other machines in'),
  ETL_WEBHOOK_TOKENS: webhookTokens
    .default([])
    .describe('Who may call the API as an administrator: `label:token`, further ones after commas'),
  ETL_JWT_SECRET: z
    .string()
    .optional()
    .describe('The secret of signed tokens (HS256), of 32 characters or more'),
  ETL_JWT_PUBLIC_KEY: publicKey.optional().describe('The public key of signed tokens (RS256, ES256)'),
  ETL_JWT_AUDIENCE: z.string().optional().describe('Where it is set, signed tokens must be for it (`aud`)'),
  ETL_JWT_ISSUER: z.string().optional().describe('Where it is set, signed tokens must be of it (`iss`)'),
  ETL_ADMIN_ROLES: z
    .string()
    .transform(list)
    .default([])
    .describe('Roles of signed tokens that make administrators, separated by commas'),
  ETL_RATE_LIMIT: rateLimit
    .default(600)
    .describe(
      'Requests a minute of one caller, over all gateways together, and of one address without a token. Wrong passwords and tokens are always limited, to 30',
    ),
  ETL_CORS_ORIGINS: origins.default([]).describe('Origins of web pages that may call the API from a browser'),
  ETL_TRUST_PROXY: proxies
    .default([])
    .describe(
      'Proxies before the gateway, as addresses or networks: the gateway believes the address that they report in `X-Forwarded-For`',
    ),
  BULL_BOARD_USER: z.string().optional().describe('Who may open `/admin/queues`; needed in production'),
  BULL_BOARD_PASSWORD: z
    .string()
    .optional()
    .describe('The password for it; needed in production, of 12 characters or more'),
};

const WORKERS = {
  ETL_WORKER_BATCHES: batchNames
    .default([...BATCHES])
    .describe('Which batches this worker takes, so that each can have a process of its own'),
  ETL_WORKER_PORT: wholeNumber(1, 65_535)
    .optional()
    .describe('Where this worker answers `/metrics` and `/health`; without it, nowhere'),
  ETL_BATCH_SIZE: wholeNumber(1, 10_000)
    .default(1000)
    .describe('Courses in a page of the counting batches, and in a statement of their loads'),
  ETL_MERGE_BATCH_SIZE: wholeNumber(1, 10_000).default(500).describe('The same of the merge'),
  ETL_TIMEOUT: wholeNumber(1, 86_400).default(300).describe('Seconds after which a statement is ended'),
  ETL_LEASE_SECONDS: wholeNumber(1, 3600)
    .default(12)
    .describe('Seconds after which a worker that has fallen silent is replaced'),
  ETL_SOURCE_CONCURRENCY: wholeNumber(1, 64)
    .default(2)
    .describe("Sessions that read on Moodle's server at once, of all workers together"),
  ETL_SOURCE_MAX_THREADS_RUNNING: wholeNumber(1, 100_000)
    .default(25)
    .describe('Workers pause while more statements than this run there'),
  ETL_SOURCE_MAX_REPLICA_LAG: wholeNumber(1, 86_400)
    .default(60)
    .describe('Workers pause while it is a replica further behind than so many seconds'),
};

const OPERATION = {
  NODE_ENV: z
    .enum(['production', 'development', 'test'])
    .default('development')
    .describe(
      '`production`: weak tokens and passwords of Bull Board are refused at the start, and the gateway wants a user and a password for it',
    ),
  ETL_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('What is logged, as lines of JSON on standard output'),
  ETL_ALERT_URL: webAddress('https://alerts.example.edu/etl')
    .optional()
    .describe(
      'Where alerts are sent: a run that failed for good, a day that is late, a database or Redis that is away',
    ),
  ETL_ALERT_SECRET: webhookSecret
    .optional()
    .describe('Signs them (Standard Webhooks), so that the receiver knows who they are of'),
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress('http://localhost:4318')
    .optional()
    .describe(
      'Where spans are sent, by OTLP over HTTP; without it, nowhere. Credentials stand in `OTEL_EXPORTER_OTLP_HEADERS`',
    ),
};

/** The variables as the reference groups them. */
export const GROUPS: Record<string, Record<string, z.ZodType>> = {
  'Databases and queue': DATABASES,
  'What the figures mean': FIGURES,
  Schedule: SCHEDULE,
  'The gateway': GATEWAY,
  Workers: WORKERS,
  Operation: OPERATION,
};

/** Every variable of the environment that this system reads. All values are strings there; a blank one counts as unset. */
export const Environment = z.object({
  ...DATABASES,
  ...FIGURES,
  ...SCHEDULE,
  ...GATEWAY,
  ...WORKERS,
  ...OPERATION,
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
  'REDIS_SENTINEL_PASSWORD',
  'ETL_WEBHOOK_TOKENS',
  'ETL_JWT_SECRET',
  'ETL_JWT_PUBLIC_KEY',
  'BULL_BOARD_PASSWORD',
  'ETL_ALERT_URL',
  'ETL_ALERT_SECRET',
]);
