import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CONFIG_NAMES,
  ConfigError,
  type ConfigName,
  loadConfig,
  parseRedisAddress,
  unreadVariables,
} from '../src/index.ts';

const NEEDED = {
  ETL_DATABASE_URL: 'mysql://etl:secret-one@db:3306/celoeapi',
  REDIS_URL: 'redis://:secret-two@redis:6379',
};

function complaintOf(env: Record<string, string>, needs: Parameters<typeof loadConfig>[1] = []): string {
  try {
    loadConfig(env, needs);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('The environment was accepted');
}

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(loadConfig({})).toMatchObject({
      PORT: 8081,
      MOODLE_TABLE_PREFIX: 'mdl_',
      ETL_QUEUE_PREFIX: '{etl}',
      ETL_BATCH_SIZE: 1000,
      ETL_MERGE_BATCH_SIZE: 500,
      ETL_TIMEOUT: 300,
      ETL_SOURCE_CONCURRENCY: 2,
      ETL_SOURCE_MAX_THREADS_RUNNING: 25,
      ETL_SOURCE_MAX_REPLICA_LAG: 60,
      ETL_LOG_LEVEL: 'info',
      ETL_TIMEZONE: 'UTC',
      ETL_SCHEDULE: '0 2 * * *',
      ETL_STATUS_SCHEDULE: '0 * * * *',
      ETL_CATCH_UP_DAYS: 7,
      ETL_LOG_RETENTION_DAYS: 90,
      ETL_WORKER_BATCHES: ['activity_counts', 'user_counts', 'main_etl'],
      ETL_STUDENT_ROLE_IDS: [5],
      ETL_TEACHER_ROLE_IDS: [3, 4],
      HOST: '127.0.0.1',
      ETL_LEASE_SECONDS: 12,
      ETL_ADMIN_ROLES: [],
      ETL_RATE_LIMIT: 600,
      ETL_CORS_ORIGINS: [],
    });
  });

  it('reads lists', () => {
    const config = loadConfig({
      ETL_WEBHOOK_TOKENS: 'portal:abc:def, cron:ghi',
      ETL_TEACHER_ROLE_IDS: ' 3, 4,9',
      ETL_WORKER_BATCHES: 'main_etl',
    });
    expect(config.ETL_WEBHOOK_TOKENS).toEqual([
      { label: 'portal', token: 'abc:def' },
      { label: 'cron', token: 'ghi' },
    ]);
    expect(config.ETL_TEACHER_ROLE_IDS).toEqual([3, 4, 9]);
    expect(config.ETL_WORKER_BATCHES).toEqual(['main_etl']);
  });

  it('can be without a schedule', () => {
    expect(loadConfig({ ETL_SCHEDULE: 'off', ETL_STATUS_SCHEDULE: 'off' })).toMatchObject({
      ETL_SCHEDULE: null,
      ETL_STATUS_SCHEDULE: null,
    });
  });

  it('takes a blank value for none', () => {
    expect(loadConfig({ PORT: '', ETL_TIMEZONE: '  ' })).toMatchObject({ PORT: 8081, ETL_TIMEZONE: 'UTC' });
  });

  it('names every wrong variable at once, with its value and what is allowed', () => {
    const complaint = complaintOf(
      {
        PORT: 'http',
        ETL_BATCH_SIZE: '0',
        ETL_TIMEZONE: 'Mars/Base',
        ETL_LOG_LEVEL: 'loud',
        ETL_WORKER_BATCHES: 'main',
        MOODLE_TABLE_PREFIX: 'mdl;',
        ETL_STUDENT_ROLE_IDS: 'student',
        ETL_SCHEDULE: 'nightly',
        ETL_CATCH_UP_DAYS: '-1',
      },
      ['ETL_DATABASE_URL'],
    );
    for (const line of [
      'PORT: "http" is not allowed; it takes a whole number from 0 to 65535',
      'ETL_BATCH_SIZE: "0" is not allowed; it takes a whole number from 1 to 10000',
      'ETL_TIMEZONE: "Mars/Base" is not allowed; it takes an IANA time zone',
      'ETL_LOG_LEVEL: "loud" is not allowed; it takes one of trace, debug, info',
      'ETL_WORKER_BATCHES: "main" is not allowed; it takes one or more of activity_counts, user_counts, main_etl',
      'MOODLE_TABLE_PREFIX: "mdl;" is not allowed',
      'ETL_STUDENT_ROLE_IDS: "student" is not allowed; it takes role ids',
      'ETL_SCHEDULE: "nightly" is not allowed; it takes a cron pattern of five fields',
      'ETL_CATCH_UP_DAYS: "-1" is not allowed; it takes a whole number from 0 to 366',
      'ETL_DATABASE_URL is not set',
    ]) {
      expect(complaint).toContain(line);
    }
  });

  it('refuses what was meant to be one of its variables, and is not', () => {
    expect(
      complaintOf({ ETL_TIMZONE: 'Asia/Jakarta', etl_schedule: 'off', ETL_TIMEZONE_FILE: '/zone' }),
    ).toBe(
      [
        'The environment (or the file .env; .env.example shows all of it) is not right:',
        'ETL_TIMZONE is not read by anything: is ETL_TIMEZONE meant?',
        'etl_schedule is not read by anything: is ETL_SCHEDULE meant?',
        'ETL_TIMEZONE_FILE is not read by anything: is ETL_TIMEZONE meant?',
      ].join('\n  '),
    );
    expect(complaintOf({ REDIS_URL_FIEL: '/redis' })).toContain('is REDIS_URL_FILE meant?');
  });

  it('refuses what would be taken for something else than was meant', () => {
    const complaint = complaintOf({
      NODE_ENV: 'prod',
      ETL_TRUST_PROXY: '10.0.0.1, proxy.example.edu',
      ETL_ALERT_URL: 'https://user:hidden@alerts.example.edu/etl',
      // The right one is set as well, as in a copy of .env.example.
      ...{ ETL_TIMEZONE: 'UTC', ETL_TIMEZON: 'Asia/Jakarta' },
    });
    for (const line of [
      'NODE_ENV: "prod" is not allowed; it takes one of production, development, test',
      'ETL_TRUST_PROXY: "10.0.0.1, proxy.example.edu" is not allowed; it takes addresses or networks',
      'ETL_ALERT_URL: its value is not allowed; it takes an address such as',
      'ETL_TIMEZON is not read by anything: is ETL_TIMEZONE meant?',
    ]) {
      expect(complaint).toContain(line);
    }
    expect(complaint).not.toContain('hidden');
    for (const network of ['10.0.0.0/33', '10.0.0.0/8/8', '::1/129', '10.0.0'])
      expect(complaintOf({ ETL_TRUST_PROXY: network })).toContain('ETL_TRUST_PROXY');
    const proxies = 'loopback, 10.0.0.0/8, 192.168.0.7, fd00::/8';
    expect(loadConfig({ ETL_TRUST_PROXY: proxies }).ETL_TRUST_PROXY).toHaveLength(4);
  });

  it('wants the keys of a queue together in a cluster', () => {
    const cluster = { REDIS_URL: 'redis-cluster://one:7000' };
    expect(complaintOf({ ...cluster, ETL_QUEUE_PREFIX: 'etl' })).toContain(
      'ETL_QUEUE_PREFIX: "etl" has no braces',
    );
    expect(loadConfig({ ...cluster, ETL_QUEUE_PREFIX: '{mine}' }).ETL_QUEUE_PREFIX).toBe('{mine}');
    expect(loadConfig({ REDIS_URL: 'redis://one', ETL_QUEUE_PREFIX: 'etl' }).ETL_QUEUE_PREFIX).toBe('etl');
  });

  it('leaves alone what is of somebody else, or set as well as the right one', () => {
    const others = {
      ETL_GATEWAY_SERVICE_HOST: '10.0.0.1',
      REDIS_PORT: 'tcp://10.0.0.2:6379',
      REDIS_URI: 'redis://one',
      REDIS_URL: 'redis://two',
      REDIS_URL_FILE: '/redis',
      POSTS: '1',
    };
    expect(loadConfig(others).REDIS_URL).toBe('redis://two');
    expect(unreadVariables(others)).toEqual([
      { name: 'ETL_GATEWAY_SERVICE_HOST', meant: undefined },
      { name: 'REDIS_PORT', meant: undefined },
      { name: 'REDIS_URI', meant: 'REDIS_URL' },
    ]);
  });

  it('does not repeat a secret in a complaint', () => {
    const complaint = complaintOf({
      ETL_DATABASE_URL: 'postgres://etl:secret-one@db/celoeapi',
      REDIS_URL: 'secret-two',
      ETL_WEBHOOK_TOKENS: 'secret-three',
    });
    expect(complaint).toContain('ETL_DATABASE_URL: its value is not allowed');
    expect(complaint).toContain('ETL_WEBHOOK_TOKENS: its value is not allowed');
    expect(complaint).not.toMatch(/secret-/);
  });

  it('refuses tokens that could never match, or whose label says nothing', () => {
    expect(complaintOf({ ETL_WEBHOOK_TOKENS: 'portal:two words' })).toContain('tokens without blanks');
    expect(complaintOf({ ETL_WEBHOOK_TOKENS: 'portal:one,portal:two' })).toContain('a label of its own');
  });

  it.each<[string, ReturnType<typeof parseRedisAddress>]>([
    ['redis://:p%40ss@redis:6379/2', { kind: 'single', url: 'redis://:p%40ss@redis:6379/2' }],
    [
      'redis-sentinel://:p%40ss@one,two:26380,[::1]/main',
      {
        kind: 'sentinel',
        group: 'main',
        password: 'p@ss',
        hosts: [
          { host: 'one', port: 26_379 },
          { host: 'two', port: 26_380 },
          { host: '::1', port: 26_379 },
        ],
      },
    ],
    [
      'redis-cluster://etl:secret@one:7000,two',
      {
        kind: 'cluster',
        username: 'etl',
        password: 'secret',
        hosts: [
          { host: 'one', port: 7000 },
          { host: 'two', port: 6379 },
        ],
      },
    ],
  ])('reads %s', (text, address) => {
    expect(parseRedisAddress(text)).toEqual(address);
    expect(loadConfig({ REDIS_URL: text }).REDIS_URL).toBe(text);
  });

  it.each([
    'redis-sentinel://one,two',
    'redis-sentinel://one,two/',
    'redis-cluster://one/group',
    'redis-cluster://',
    'redis-cluster://one:port',
    'redis-cluster://:p%zz@one',
    'redis-sentinel://:secret@one,,two/main',
    'valkey://one',
    'one:6379',
  ])('refuses %s as an address of Redis, and does not repeat it', (text) => {
    const complaint = complaintOf({ REDIS_URL: text });
    expect(complaint).toContain('REDIS_URL: its value is not allowed; it takes an address such as redis://');
    expect(complaint).not.toContain('secret');
  });

  it('reads the certificate of an authority, and says where there is none', () => {
    expect(loadConfig({ REDIS_TLS: 'on' }).REDIS_TLS).toEqual({});
    expect(loadConfig({ REDIS_TLS: 'off' }).REDIS_TLS).toBeNull();
    for (const file of ['/nowhere/ca.pem', import.meta.filename, 'yes']) {
      expect(complaintOf({ MOODLE_DATABASE_TLS: file })).toContain(
        `MOODLE_DATABASE_TLS: "${file}" is not allowed; it takes off, on, or the path of a readable file`,
      );
    }
  });

  it('wants the name of a server whose certificate is to be checked', () => {
    const at = (host: string) => ({ ETL_DATABASE_URL: `mysql://etl:secret@${host}:3306/celoeapi` });
    for (const host of ['10.0.0.1', '[::1]']) {
      expect(complaintOf({ ...at(host), ETL_DATABASE_TLS: 'on' })).toContain('its host is a number');
      expect(loadConfig(at(host)).ETL_DATABASE_TLS).toBeNull();
    }
    expect(loadConfig({ ...at('db'), ETL_DATABASE_TLS: 'on' }).ETL_DATABASE_TLS).toEqual({});
  });

  it('takes secrets of webhooks as Standard Webhooks make them', () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    expect(loadConfig({ ETL_ALERT_SECRET: secret }).ETL_ALERT_SECRET).toBe(secret);
    for (const weak of ['whsec_c2hvcnQ=', 'a-secret-of-mine-that-is-long-enough', secret.slice(6)]) {
      const complaint = complaintOf({ ETL_ALERT_SECRET: weak, ETL_ALERT_URL: 'ftp://files' });
      expect(complaint).toContain('ETL_ALERT_SECRET: its value is not allowed');
      expect(complaint).toContain('ETL_ALERT_URL: its value is not allowed');
      expect(complaint).not.toContain(weak);
    }
  });

  it('refuses a database address without a database', () => {
    expect(complaintOf({ ETL_DATABASE_URL: 'mysql://etl@db' })).toContain(
      'an address that names its database',
    );
  });

  it.each(['your-webhook-token', 'your-webhook-token-here', 'fifteen-letters'])(
    'stops a production start with the token %s',
    (token) => {
      const env = { ...NEEDED, ETL_WEBHOOK_TOKENS: `good:0123456789abcdef,portal:${token}` };
      const complaint = complaintOf({ ...env, NODE_ENV: 'production', PORT: 'http' });
      expect(complaint).toContain('PORT: "http" is not allowed');
      expect(complaint).toContain('the token of portal is a documented example or shorter than 16');
      expect(complaint).not.toContain(token);
      expect(loadConfig(env).ETL_WEBHOOK_TOKENS).toHaveLength(2);
    },
  );

  const pem = (key: KeyObject) =>
    key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
  const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

  it('takes a public key as PEM, its line breaks written out or not', () => {
    for (const key of [rsa(2048).publicKey, ec('P-256').publicKey]) {
      const text = pem(key);
      expect(loadConfig({ ETL_JWT_PUBLIC_KEY: text }).ETL_JWT_PUBLIC_KEY).toBe(text);
      expect(loadConfig({ ETL_JWT_PUBLIC_KEY: text.replaceAll('\n', '\\n') }).ETL_JWT_PUBLIC_KEY).toBe(text);
    }
  });

  it.each([
    ['that is no key', () => 'ssh-rsa AAAA'],
    ['that is private', () => pem(rsa(2048).privateKey)],
    ['that is too short', () => pem(rsa(1024).publicKey)],
    ['of another curve', () => pem(ec('P-384').publicKey)],
    ['of another kind', () => pem(generateKeyPairSync('ed25519').publicKey)],
  ])('refuses a public key %s, and does not repeat it', (_, key) => {
    const complaint = complaintOf({ ETL_JWT_PUBLIC_KEY: key() });
    expect(complaint).toContain(
      'ETL_JWT_PUBLIC_KEY: its value is not allowed; it takes a public key in PEM form',
    );
    expect(complaint).not.toContain('AAAA');
    expect(complaint).not.toMatch(/BEGIN (RSA )?PRIVATE/);
  });

  it('stops a production start with a short secret for tokens', () => {
    const env = { ETL_JWT_SECRET: 'thirty-one-characters-are-short' };
    expect(complaintOf({ ...env, NODE_ENV: 'production' })).toContain(
      'ETL_JWT_SECRET is shorter than 32 characters',
    );
    expect(complaintOf({ ...env, NODE_ENV: 'production' })).not.toContain('thirty-one');
    expect(loadConfig(env).ETL_JWT_SECRET).toBe(env.ETL_JWT_SECRET);
    expect(
      loadConfig({ NODE_ENV: 'production', ETL_JWT_SECRET: 'x'.repeat(32) }).ETL_JWT_SECRET,
    ).toBeDefined();
  });

  it.each(['\u200b', 'portal\u200b', '--', '\u202elatrop', 'por\u0000tal'])(
    'takes no label such as %j',
    (label) => {
      expect(complaintOf({ ETL_WEBHOOK_TOKENS: `${label}:a-token-of-some-length` })).toMatch(
        /ETL_WEBHOOK_TOKENS: its value is not allowed; it takes labels with a letter or a digit/,
      );
    },
  );

  it('stops a production start with a short password of the board', () => {
    const env = { BULL_BOARD_PASSWORD: 'eleven-char' };
    expect(complaintOf({ ...env, NODE_ENV: 'production' })).toContain(
      'BULL_BOARD_PASSWORD is shorter than 12 characters; make one with: openssl rand -hex 12',
    );
    expect(complaintOf({ ...env, NODE_ENV: 'production' })).not.toContain('eleven-char');
    expect(loadConfig(env).BULL_BOARD_PASSWORD).toBe(env.BULL_BOARD_PASSWORD);
    const long = loadConfig({ NODE_ENV: 'production', BULL_BOARD_PASSWORD: 'twelve-chars' });
    expect(long.BULL_BOARD_PASSWORD).toBe('twelve-chars');
  });

  it('reads who are administrators, how much may be asked, and whose pages may ask', () => {
    expect(
      loadConfig({
        ETL_ADMIN_ROLES: 'dean, etl-admin',
        ETL_RATE_LIMIT: 'off',
        ETL_CORS_ORIGINS: 'https://a.example, http://b:8080',
      }),
    ).toMatchObject({
      ETL_ADMIN_ROLES: ['dean', 'etl-admin'],
      ETL_RATE_LIMIT: null,
      ETL_CORS_ORIGINS: ['https://a.example', 'http://b:8080'],
    });
    expect(complaintOf({ ETL_RATE_LIMIT: '0', ETL_CORS_ORIGINS: '*' })).toMatch(
      /ETL_RATE_LIMIT: "0" is not allowed.*ETL_CORS_ORIGINS: "\*" is not allowed; it takes origins such as/s,
    );
  });

  it('takes an address for spans, by HTTP and nothing else', () => {
    expect(loadConfig({}).OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined();
    for (const address of ['http://localhost:4318', 'https://otlp.example.edu/otlp'])
      expect(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: address }).OTEL_EXPORTER_OTLP_ENDPOINT).toBe(address);
    for (const address of ['localhost:4317', 'grpc://localhost:4317', 'yes'])
      expect(complaintOf({ OTEL_EXPORTER_OTLP_ENDPOINT: address })).toContain(
        `OTEL_EXPORTER_OTLP_ENDPOINT: "${address}" is not allowed; it takes an address such as http://localhost:4318`,
      );
  });

  it('is shown by the example file, every variable of it, with its default', () => {
    const example = readFileSync(path.resolve(import.meta.dirname, '../../../.env.example'), 'utf8');
    const shown = new Map(
      [...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value ?? '']),
    );
    expect(new Set(shown.keys())).toEqual(new Set(CONFIG_NAMES));
    const defaults = loadConfig({});
    for (const [name, value] of shown) {
      const commentedOut = example.includes(`\n# ${name}=`);
      if (commentedOut && value) {
        expect({ [name as string]: loadConfig({ [name as string]: value })[name as ConfigName] }).toEqual({
          [name as string]: defaults[name as ConfigName],
        });
      }
    }
  });
});
