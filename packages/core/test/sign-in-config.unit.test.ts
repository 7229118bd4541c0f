import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../src/index.ts';

/** The complaint about this environment. */
function configError(env: Record<string, string>): string {
  try {
    loadConfig(env, [], { isGateway: true });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration is accepted');
}

describe('the address of token keys', () => {
  const rest = { ETL_JWT_ISSUER: 'https://login.example.edu', ETL_JWT_AUDIENCE: 'etl' };

  it.each([
    'https://login.example.edu/keys',
    'http://127.0.0.1:8080/keys',
    'http://localhost/keys',
    'http://[::1]/k',
  ])('the configuration accepts %s as the address of token keys', (address) => {
    expect(loadConfig({ ...rest, ETL_JWT_JWKS_URL: address }).ETL_JWT_JWKS_URL).toBe(address);
  });

  it.each([
    'http://login.example.edu/keys',
    'http://127.0.0.1.example.edu/keys',
    'http://10.0.0.1/keys',
    'file:///etc/keys',
    'https://user:password@login.example.edu/keys',
    'login.example.edu',
  ])('the configuration rejects %s as the address of token keys', (address) => {
    expect(configError({ ...rest, ETL_JWT_JWKS_URL: address })).toMatch(
      /ETL_JWT_JWKS_URL: .* is not allowed; it takes an address such as https:/,
    );
  });

  it.each(Object.keys(rest))('the configuration rejects an address of token keys without %s', (name) => {
    const env = { ...rest, ETL_JWT_JWKS_URL: 'https://login.example.edu/keys', [name]: '' };
    expect(configError(env)).toContain(
      `ETL_JWT_JWKS_URL is set without ${name}. Set that too: a provider signs`,
    );
  });

  it('the configuration names both variables that an address of token keys lacks', () => {
    expect(configError({ ETL_JWT_JWKS_URL: 'https://login.example.edu/keys' })).toContain(
      'ETL_JWT_JWKS_URL is set without ETL_JWT_ISSUER and ETL_JWT_AUDIENCE. Set that too:',
    );
  });
});

describe('the headers of a proxy', () => {
  const right = {
    ETL_PROXY_USER_HEADER: 'X-Person-User',
    ETL_TRUST_PROXY: '10.0.0.7',
    ETL_SESSION_SECRET: 'x'.repeat(32),
  };

  it('the configuration accepts the header of a person, in any casing', () => {
    expect(loadConfig(right).ETL_PROXY_USER_HEADER).toBe('x-person-user');
  });

  it.each<[Record<string, string>, string]>([
    [{ ETL_TRUST_PROXY: '' }, 'ETL_TRUST_PROXY is not set, but ETL_PROXY_USER_HEADER is'],
    [{ ETL_SESSION_SECRET: '' }, 'ETL_SESSION_SECRET is not set, but ETL_PROXY_USER_HEADER is'],
    [
      { ETL_PROXY_USER_HEADER: '', ETL_PROXY_UNIT_HEADER: 'X-Unit' },
      'ETL_PROXY_USER_HEADER is not set, but ETL_PROXY_UNIT_HEADER is',
    ],
    [
      { ETL_PROXY_ROLES_HEADER: 'x-person-USER' },
      'ETL_PROXY_ROLES_HEADER: another variable names the header',
    ],
    [{ ETL_PROXY_USER_HEADER: 'X_Person_User' }, 'ETL_PROXY_USER_HEADER: "X_Person_User" is not allowed'],
    [{ ETL_PROXY_USER_HEADER: 'Cookie' }, 'ETL_PROXY_USER_HEADER: "Cookie" is not allowed'],
    [{ ETL_PROXY_USER_HEADER: 'X-Forwarded-For' }, 'ETL_PROXY_USER_HEADER: "X-Forwarded-For" is not allowed'],
  ])('the configuration rejects headers of a proxy with %j, and says what to do', (change, message) => {
    expect(configError({ ...right, ...change })).toContain(message);
  });
});

describe('trusted proxies', () => {
  it.each([
    '10.0.0.0/8',
    '172.16.0.0/12',
    '::ffff:10.0.0.0/104',
    '2001::/16',
    'fc00::/7',
    'fd00::/8',
    '::1',
    'uniquelocal',
    '0.0.0.0/8, 128.0.0.0/8',
  ])('the configuration accepts %s', (networks) => {
    expect(loadConfig({ ETL_TRUST_PROXY: networks }).ETL_TRUST_PROXY).toEqual(networks.split(', '));
  });

  it.each([
    '0.0.0.0/0',
    '10.0.0.7, 0.0.0.0/0',
    '0.0.0.0/1,128.0.0.0/1',
    '10.0.0.0/7',
    '::/0',
    '::/1, 8000::/1',
    '2000::/3',
    'fc00::/6',
    '::ffff:0:0/96',
    '::ffff:0.0.0.0/96',
    '0:0:0:0:0:FFFF:0:0/97',
    '::ffff:10.0.0.0/103',
    '::ffff:10.0.0.0/8',
  ])('the configuration rejects %s, in which strangers are', (networks) => {
    expect(configError({ ETL_TRUST_PROXY: networks })).toMatch(
      /ETL_TRUST_PROXY: .* is not allowed; it takes networks of \/8 or narrower/,
    );
  });
});
