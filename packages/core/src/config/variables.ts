import { z } from 'zod';
import { BATCHES } from '../batches.ts';
import { isTimeZone } from '../days.ts';
import { GATEWAY } from './gateway-variables.ts';
import {
  batchNames,
  databaseAddress,
  redisAddress,
  roleIds,
  schedule,
  tls,
  webAddress,
  webhookSecret,
  wholeNumber,
} from './values.ts';

const DATABASES = {
  ETL_DATABASE_URL: databaseAddress
    .optional()
    .describe('Address of the warehouse. Its account has all rights on this database'),
  ETL_DATABASE_TLS: tls.describe(
    'Whether connections to the warehouse use TLS. `on` if a public authority signed its certificate, or the file with the certificate of your own authority',
  ),
  MOODLE_DATABASE_URL: databaseAddress
    .optional()
    .describe(
      "Address of Moodle's database. Its account needs only `SELECT`. Only workers and the doctor read it",
    ),
  MOODLE_DATABASE_TLS: tls.describe("The same for Moodle's database"),
  MOODLE_TABLE_PREFIX: z
    .string()
    .regex(/^\w{0,20}$/, 'up to 20 letters, digits and underscores')
    .default('mdl_')
    .describe("Prefix of the names of Moodle's tables (`$CFG->prefix`)"),
  REDIS_URL: redisAddress
    .optional()
    .describe(
      'Address of Redis: `redis://:password@host:6379`. Through Sentinels: `redis-sentinel://:password@host,host/group`. A cluster: `redis-cluster://:password@host,host`',
    ),
  REDIS_TLS: tls.describe('The same for Redis and its Sentinels. `rediss://` is `redis://` with `on`'),
  REDIS_SENTINEL_PASSWORD: z
    .string()
    .optional()
    .describe('Password of the Sentinels, if they have their own'),
  ETL_QUEUE_PREFIX: z
    .string()
    .regex(/^[^:\s]+$/, 'any word without a colon; keep the braces if Redis is a cluster')
    .default('{etl}')
    .describe('Prefix of all keys in Redis. The braces keep the keys on one node of a cluster'),
};

const FIGURES = {
  ETL_TIMEZONE: z
    .string()
    .refine(isTimeZone, 'an IANA time zone, such as UTC or Asia/Jakarta')
    .default('UTC')
    .describe('Time zone of the institution. A day begins and ends by its clock'),
  ETL_STUDENT_ROLE_IDS: roleIds.default([5]).describe('Roles (`mdl_role.id`) that count as students'),
  ETL_TEACHER_ROLE_IDS: roleIds.default([3, 4]).describe('Roles that count as teachers'),
  ETL_SUPPRESS_BELOW: wholeNumber(0, 1000)
    .default(0)
    .describe(
      'Viewers see no figures of a course and date with fewer [students](figures.md#small-groups) than this. 0: they see all. Gateways and workers need the same value',
    ),
};

const SCHEDULE = {
  ETL_SCHEDULE: schedule('0 2 * * *').describe("When workers extract yesterday's date, in `ETL_TIMEZONE`"),
  ETL_STATUS_SCHEDULE: schedule('0 * * * *').describe(
    'When workers reconcile dates: they start or retry what is missing',
  ),
  ETL_LIVE_SCHEDULE: schedule('off').describe(
    'When workers extract today, for provisional figures during the day, such as `*/15 7-22 * * *`',
  ),
  ETL_CATCH_UP_DAYS: wholeNumber(0, 366)
    .default(7)
    .describe('How many days back workers catch up missing dates. 0: yesterday only'),
  ETL_LOG_RETENTION_DAYS: wholeNumber(1, 3650)
    .default(90)
    .describe(
      'Days after which rows of `log_scheduler` and jobs of the queue are deleted. Figures are never deleted',
    ),
};

const WORKERS = {
  ETL_WORKER_BATCHES: batchNames
    .default([...BATCHES])
    .describe('Batches that this worker takes. Each batch can have its own workers'),
  ETL_WORKER_PORT: wholeNumber(1, 65_535)
    .optional()
    .describe(
      'Port on which this worker serves `/metrics` and `/health`. It serves neither if this is not set',
    ),
  ETL_BATCH_SIZE: wholeNumber(1, 10_000)
    .default(1000)
    .describe('How many courses one statement of a counting batch reads or writes'),
  ETL_MERGE_BATCH_SIZE: wholeNumber(1, 10_000).default(500).describe('The same for the merge'),
  ETL_TIMEOUT: wholeNumber(1, 86_400)
    .default(300)
    .describe('Seconds after which the server ends a statement'),
  ETL_LEASE_SECONDS: wholeNumber(1, 3600)
    .default(12)
    .describe('Seconds after which another worker takes over the batch of a silent worker'),
  ETL_SOURCE_CONCURRENCY: wholeNumber(1, 64)
    .default(2)
    .describe("Sessions with which all workers together read Moodle's database at once"),
  ETL_SOURCE_MAX_THREADS_RUNNING: wholeNumber(1, 100_000)
    .default(25)
    .describe("Workers pause while more statements than this run on Moodle's server"),
  ETL_SOURCE_MAX_REPLICA_LAG: wholeNumber(1, 86_400)
    .default(60)
    .describe("Workers pause while Moodle's server is a replica that lags by more seconds than this"),
};

const OPERATION = {
  NODE_ENV: z
    .enum(['production', 'development', 'test'])
    .default('development')
    .describe(
      'With `production`, a process does not start with weak tokens or a weak password for the board, and the gateway requires `BULL_BOARD_USER` and `BULL_BOARD_PASSWORD`',
    ),
  ETL_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Lowest level that is logged'),
  ETL_ALERT_URL: webAddress('https://alerts.example.edu/etl')
    .optional()
    .describe(
      'Address that receives [alerts](monitoring.md#alerts): failed runs, late dates, unreachable servers',
    ),
  ETL_RESTATEMENT_ALERT_PERCENT: wholeNumber(0, 1000)
    .default(5)
    .describe(
      'A run that changes the views of a final date by more percent than this causes an [alert](monitoring.md#alerts)',
    ),
  ETL_ALERT_SECRET: webhookSecret.optional().describe('Secret that signs alerts (Standard Webhooks)'),
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress('http://localhost:4318')
    .optional()
    .describe(
      'Address that receives spans (OTLP over HTTP). Tracing is off if this is not set. Its credentials are in `OTEL_EXPORTER_OTLP_HEADERS`',
    ),
};

/** The variables, in the groups of the reference. */
export const GROUPS: Record<string, Record<string, z.ZodType>> = {
  'Databases and queue': DATABASES,
  'Settings of figures': FIGURES,
  Schedule: SCHEDULE,
  'The gateway': GATEWAY,
  Workers: WORKERS,
  Operation: OPERATION,
};

/** Every variable of the environment that this system reads. All values are strings; a blank one counts as unset. */
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

/** The configuration of a process that requires these optional variables. */
export type ConfigWith<Needed extends ConfigName> = Config & {
  [name in Needed]-?: NonNullable<Config[name]>;
};

/** They hold passwords. Error messages do not repeat their values, and each can be read from a file. */
export const SECRETS: ReadonlySet<string> = new Set<ConfigName>([
  'ETL_DATABASE_URL',
  'MOODLE_DATABASE_URL',
  'REDIS_URL',
  'REDIS_SENTINEL_PASSWORD',
  'ETL_WEBHOOK_TOKENS',
  'ETL_JWT_SECRET',
  'ETL_JWT_PUBLIC_KEY',
  'ETL_SESSION_SECRET',
  'ETL_OIDC_CLIENT_SECRET',
  'BULL_BOARD_PASSWORD',
  'ETL_ALERT_URL',
  'ETL_ALERT_SECRET',
]);
