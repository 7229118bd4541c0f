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

function configError(env: Record<string, string>, needs: Parameters<typeof loadConfig>[1] = []): string {
  try {
    loadConfig(env, needs);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('The environment was accepted');
}

describe('configuration', () => {
  it('the configuration has the documented defaults', () => {
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
      ETL_LIVE_SCHEDULE: null,
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

  it('the configuration reads lists', () => {
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

  it('the configuration allows off for the schedules', () => {
    expect(loadConfig({ ETL_SCHEDULE: 'off', ETL_STATUS_SCHEDULE: 'off' })).toMatchObject({
      ETL_SCHEDULE: null,
      ETL_STATUS_SCHEDULE: null,
    });
  });

  it('treats a blank value as unset', () => {
    expect(loadConfig({ PORT: '', ETL_TIMEZONE: '  ' })).toMatchObject({ PORT: 8081, ETL_TIMEZONE: 'UTC' });
  });

  it('the configuration names every wrong variable at once, with its value and the allowed values', () => {
    const message = configError(
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
      expect(message).toContain(line);
    }
  });

  it('the configuration rejects near-misses of its variables', () => {
    expect(
      configError({ ETL_TIMZONE: 'Asia/Jakarta', etl_schedule: 'off', ETL_TIMEZONE_FILE: '/zone' }),
    ).toBe(
      [
        'The environment (or the file .env; see .env.example) is wrong:',
        'ETL_TIMZONE is unknown. Did you mean ETL_TIMEZONE?',
        'etl_schedule is unknown. Did you mean ETL_SCHEDULE?',
        'ETL_TIMEZONE_FILE is unknown. Did you mean ETL_TIMEZONE?',
      ].join('\n  '),
    );
    expect(configError({ REDIS_URL_FIEL: '/redis' })).toContain('Did you mean REDIS_URL_FILE?');
  });

  it('the configuration rejects values and names that could be misread', () => {
    const message = configError({
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
      'ETL_TIMEZON is unknown. Did you mean ETL_TIMEZONE?',
    ]) {
      expect(message).toContain(line);
    }
    expect(message).not.toContain('hidden');
    for (const network of ['10.0.0.0/33', '10.0.0.0/8/8', '::1/129', '10.0.0'])
      expect(configError({ ETL_TRUST_PROXY: network })).toContain('ETL_TRUST_PROXY');
    const proxies = 'loopback, 10.0.0.0/8, 192.168.0.7, fd00::/8';
    expect(loadConfig({ ETL_TRUST_PROXY: proxies }).ETL_TRUST_PROXY).toHaveLength(4);
  });

  it('requires braces in the queue prefix if Redis is a cluster', () => {
    const cluster = { REDIS_URL: 'redis-cluster://one:7000' };
    expect(configError({ ...cluster, ETL_QUEUE_PREFIX: 'etl' })).toContain(
      'ETL_QUEUE_PREFIX: "etl" has no braces',
    );
    expect(loadConfig({ ...cluster, ETL_QUEUE_PREFIX: '{mine}' }).ETL_QUEUE_PREFIX).toBe('{mine}');
    expect(loadConfig({ REDIS_URL: 'redis://one', ETL_QUEUE_PREFIX: 'etl' }).ETL_QUEUE_PREFIX).toBe('etl');
  });

  it('the configuration ignores unknown variables of other software, and a near-miss beside the right variable', () => {
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
      { name: 'ETL_GATEWAY_SERVICE_HOST', nearest: undefined },
      { name: 'REDIS_PORT', nearest: undefined },
      { name: 'REDIS_URI', nearest: 'REDIS_URL' },
    ]);
  });

  it('the configuration does not repeat a secret in an error message', () => {
    const message = configError({
      ETL_DATABASE_URL: 'postgres://etl:secret-one@db/celoeapi',
      REDIS_URL: 'secret-two',
      ETL_WEBHOOK_TOKENS: 'secret-three',
    });
    expect(message).toContain('ETL_DATABASE_URL: its value is not allowed');
    expect(message).toContain('ETL_WEBHOOK_TOKENS: its value is not allowed');
    expect(message).not.toMatch(/secret-/);
  });

  it('the configuration rejects tokens with blanks and duplicate labels', () => {
    expect(configError({ ETL_WEBHOOK_TOKENS: 'portal:two words' })).toContain('tokens without blanks');
    expect(configError({ ETL_WEBHOOK_TOKENS: 'portal:one,portal:two' })).toContain('a label of its own');
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
  ])('the configuration reads %s', (text, address) => {
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
  ])('the configuration rejects %s as an address of Redis and does not repeat it', (text) => {
    const message = configError({ REDIS_URL: text });
    expect(message).toContain('REDIS_URL: its value is not allowed; it takes an address such as redis://');
    expect(message).not.toContain('secret');
  });

  it('the configuration reads the certificate of an authority, and names a file that holds none', () => {
    expect(loadConfig({ REDIS_TLS: 'on' }).REDIS_TLS).toEqual({});
    expect(loadConfig({ REDIS_TLS: 'off' }).REDIS_TLS).toBeNull();
    for (const file of ['/nowhere/ca.pem', import.meta.filename, 'yes']) {
      expect(configError({ MOODLE_DATABASE_TLS: file })).toContain(
        `MOODLE_DATABASE_TLS: "${file}" is not allowed; it takes off, on, or the path of a readable file`,
      );
    }
  });

  it('requires a host name, not an IP address, for a database with TLS', () => {
    const at = (host: string) => ({ ETL_DATABASE_URL: `mysql://etl:secret@${host}:3306/celoeapi` });
    for (const host of ['10.0.0.1', '[::1]']) {
      expect(configError({ ...at(host), ETL_DATABASE_TLS: 'on' })).toContain('its host is an IP address');
      expect(loadConfig(at(host)).ETL_DATABASE_TLS).toBeNull();
    }
    expect(loadConfig({ ...at('db'), ETL_DATABASE_TLS: 'on' }).ETL_DATABASE_TLS).toEqual({});
  });

  it('the configuration accepts webhook secrets in the form of Standard Webhooks only', () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    expect(loadConfig({ ETL_ALERT_SECRET: secret }).ETL_ALERT_SECRET).toBe(secret);
    for (const weak of ['whsec_c2hvcnQ=', 'a-secret-of-mine-that-is-long-enough', secret.slice(6)]) {
      const message = configError({ ETL_ALERT_SECRET: weak, ETL_ALERT_URL: 'ftp://files' });
      expect(message).toContain('ETL_ALERT_SECRET: its value is not allowed');
      expect(message).toContain('ETL_ALERT_URL: its value is not allowed');
      expect(message).not.toContain(weak);
    }
  });

  it('the configuration rejects a database address without a database', () => {
    expect(configError({ ETL_DATABASE_URL: 'mysql://etl@db' })).toContain(
      'an address that names its database',
    );
  });

  it.each(['your-webhook-token', 'your-webhook-token-here', 'fifteen-letters'])(
    'stops a production start with the token %s',
    (token) => {
      const env = { ...NEEDED, ETL_WEBHOOK_TOKENS: `good:0123456789abcdef,portal:${token}` };
      const message = configError({ ...env, NODE_ENV: 'production', PORT: 'http' });
      expect(message).toContain('PORT: "http" is not allowed');
      expect(message).toContain('the token of portal is a documented example or shorter than 16');
      expect(message).not.toContain(token);
      expect(loadConfig(env).ETL_WEBHOOK_TOKENS).toHaveLength(2);
    },
  );

  const pem = (key: KeyObject) =>
    key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
  const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

  it('the configuration accepts a public key in PEM, with line breaks or \\n', () => {
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
  ])('the configuration rejects a public key %s and does not repeat it', (_, key) => {
    const message = configError({ ETL_JWT_PUBLIC_KEY: key() });
    expect(message).toContain(
      'ETL_JWT_PUBLIC_KEY: its value is not allowed; it takes a public key in PEM form',
    );
    expect(message).not.toContain('AAAA');
    expect(message).not.toMatch(/BEGIN (RSA )?PRIVATE/);
  });

  it('the configuration stops a production start with a short secret for tokens', () => {
    const env = { ETL_JWT_SECRET: 'thirty-one-characters-are-short' };
    expect(configError({ ...env, NODE_ENV: 'production' })).toContain(
      'ETL_JWT_SECRET is shorter than 32 characters',
    );
    expect(configError({ ...env, NODE_ENV: 'production' })).not.toContain('thirty-one');
    expect(loadConfig(env).ETL_JWT_SECRET).toBe(env.ETL_JWT_SECRET);
    expect(
      loadConfig({ NODE_ENV: 'production', ETL_JWT_SECRET: 'x'.repeat(32) }).ETL_JWT_SECRET,
    ).toBeDefined();
  });

  it.each(['\u200b', 'portal\u200b', '--', '\u202elatrop', 'por\u0000tal'])(
    'rejects the label %j',
    (label) => {
      expect(configError({ ETL_WEBHOOK_TOKENS: `${label}:a-token-of-some-length` })).toMatch(
        /ETL_WEBHOOK_TOKENS: its value is not allowed; it takes labels with a letter or a digit/,
      );
    },
  );

  it('the configuration stops a production start with a short password of the board', () => {
    const env = { BULL_BOARD_PASSWORD: 'eleven-char' };
    expect(configError({ ...env, NODE_ENV: 'production' })).toContain(
      'BULL_BOARD_PASSWORD is shorter than 12 characters; make one with: openssl rand -hex 12',
    );
    expect(configError({ ...env, NODE_ENV: 'production' })).not.toContain('eleven-char');
    expect(loadConfig(env).BULL_BOARD_PASSWORD).toBe(env.BULL_BOARD_PASSWORD);
    const long = loadConfig({ NODE_ENV: 'production', BULL_BOARD_PASSWORD: 'twelve-chars' });
    expect(long.BULL_BOARD_PASSWORD).toBe('twelve-chars');
  });

  it("the configuration reads the administrators' roles, the rate limit and the allowed origins", () => {
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
    expect(configError({ ETL_RATE_LIMIT: '0', ETL_CORS_ORIGINS: '*' })).toMatch(
      /ETL_RATE_LIMIT: "0" is not allowed.*ETL_CORS_ORIGINS: "\*" is not allowed; it takes origins such as/s,
    );
  });

  it('the configuration accepts only HTTP addresses for spans', () => {
    expect(loadConfig({}).OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined();
    for (const address of ['http://localhost:4318', 'https://otlp.example.edu/otlp'])
      expect(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: address }).OTEL_EXPORTER_OTLP_ENDPOINT).toBe(address);
    for (const address of ['localhost:4317', 'grpc://localhost:4317', 'yes'])
      expect(configError({ OTEL_EXPORTER_OTLP_ENDPOINT: address })).toContain(
        `OTEL_EXPORTER_OTLP_ENDPOINT: "${address}" is not allowed; it takes an address such as http://localhost:4318`,
      );
  });

  it('the configuration has every variable with its default in .env.example', () => {
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
