import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../src/index.ts';

/** The complaint about this environment. */
function configError(env: Record<string, string>): string {
  try {
    loadConfig(env);
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
    expect(configError(env)).toContain('ETL_JWT_JWKS_URL needs ETL_JWT_ISSUER and ETL_JWT_AUDIENCE');
  });
});
