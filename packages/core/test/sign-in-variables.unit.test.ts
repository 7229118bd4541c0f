import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config/load.ts';

const loadGateway = (env: NodeJS.ProcessEnv) => loadConfig(env, [], { isGateway: true });

const PROVIDER = {
  ETL_OIDC_ISSUER: 'https://sso.example.edu/realms/university',
  ETL_OIDC_CLIENT_ID: 'etl',
  ETL_OIDC_CLIENT_SECRET: 'a-secret-of-the-provider',
  ETL_SESSION_SECRET: 'a-secret-for-sessions-of-32-letters',
};

const without = (name: keyof typeof PROVIDER) => ({ ...PROVIDER, [name]: undefined });

describe('a provider of the university', () => {
  it('is configured by four variables, and by ETL_PUBLIC_URL if other machines reach the gateway', () => {
    expect(loadGateway(PROVIDER)).toMatchObject(PROVIDER);
    expect(loadGateway({ ...PROVIDER, HOST: '::1' })).toMatchObject(PROVIDER);
    const url = { ETL_PUBLIC_URL: 'https://etl.example.edu' };
    expect(loadGateway({ ...PROVIDER, ...url, HOST: '0.0.0.0' })).toMatchObject(url);
  });

  it.each(['ETL_OIDC_ISSUER', 'ETL_OIDC_CLIENT_ID', 'ETL_OIDC_CLIENT_SECRET'] as const)(
    'is an error without %s',
    (name) => {
      expect(() => loadGateway(without(name))).toThrow(
        new RegExp(`${name} is not set, but ETL_OIDC_\\w+ is\\. Set`),
      );
    },
  );

  it('is an error without a secret for sessions', () => {
    expect(() => loadGateway(without('ETL_SESSION_SECRET'))).toThrow(
      /ETL_SESSION_SECRET is not set.*openssl rand -hex 32/,
    );
  });

  it('can be without the secrets of the gateway in the environment of other processes', () => {
    const { ETL_OIDC_CLIENT_SECRET: _, ETL_SESSION_SECRET: __, ...plain } = PROVIDER;
    expect(loadConfig({ ...plain, ETL_PROXY_USER_HEADER: 'X-Person-User' })).toMatchObject(plain);
  });

  it.each([{ HOST: '0.0.0.0' }, { HOST: '10.0.0.7' }, { ETL_TRUST_PROXY: '10.0.0.1' }])(
    'is an error without ETL_PUBLIC_URL if other machines reach the gateway: %j',
    (reach) => {
      expect(() => loadGateway({ ...PROVIDER, ...reach })).toThrow(
        /ETL_PUBLIC_URL is not set.*lead people back/,
      );
    },
  );

  it('claims and roles alone are half a provider', () => {
    expect(() => loadGateway({ ETL_OIDC_CLAIMS: 'username=sub' })).toThrow(/ETL_OIDC_ISSUER is not set/);
  });

  it.each([
    'http://sso.example.edu',
    'sso.example.edu',
    'https://sso.example.edu?x',
    'https://a:b@sso.example.edu',
  ])('has no issuer %s', (issuer) => {
    expect(() => loadGateway({ ...PROVIDER, ETL_OIDC_ISSUER: issuer })).toThrow(
      /begins with https:\/\/ \(http:\/\/ at a loopback address\)/,
    );
  });

  it('has an issuer, not the address of its configuration', () => {
    const ETL_OIDC_ISSUER = `${PROVIDER.ETL_OIDC_ISSUER}/.well-known/openid-configuration`;
    expect(() => loadGateway({ ...PROVIDER, ETL_OIDC_ISSUER })).toThrow(
      /takes the issuer alone, without \/\.well-known/,
    );
  });

  it.each(['common/v2.0', 'Organizations', '/consumers/v2.0'])(
    'is not Microsoft Entra of every tenant: %s',
    (path) => {
      const ETL_OIDC_ISSUER = `https://LOGIN.microsoftonline.com:443/${path}`;
      expect(() => loadGateway({ ...PROVIDER, ETL_OIDC_ISSUER })).toThrow(/the id of your tenant/);
    },
  );

  it('has an issuer without HTTPS on this machine only', () => {
    expect(loadGateway({ ...PROVIDER, ETL_OIDC_ISSUER: 'http://127.0.0.1:4000' }).ETL_OIDC_ISSUER).toBe(
      'http://127.0.0.1:4000',
    );
  });

  it('names its claims', () => {
    const { ETL_OIDC_CLAIMS } = loadGateway({
      ...PROVIDER,
      ETL_OIDC_CLAIMS: 'username=preferred_username, roles=https://example.edu/roles',
    });
    expect(ETL_OIDC_CLAIMS).toEqual({ username: 'preferred_username', roles: 'https://example.edu/roles' });
  });

  it.each(['name=sub', 'username', 'username=', 'username=a,username=b'])('has no claims %s', (claims) => {
    expect(() => loadGateway({ ...PROVIDER, ETL_OIDC_CLAIMS: claims })).toThrow(
      /username, roles, directorate, unit/,
    );
  });

  it('has a table of roles', () => {
    const table = [
      { value: 'etl-admins', role: 'administrator' },
      { value: 'fti', directorate: 'FTI' },
      { value: 'fti-if', role: 'viewer', directorate: 'FTI', unit: 'FTI-IF' },
    ];
    const { ETL_OIDC_ROLES } = loadGateway({ ...PROVIDER, ETL_OIDC_ROLES: JSON.stringify(table) });
    expect(ETL_OIDC_ROLES).toEqual(table.map((row) => ({ role: 'viewer', ...row })));
  });

  it.each([
    ['no JSON', 'fti=FTI'],
    ['no list', '{"fti":{"directorate":"FTI"}}'],
    ['no row', '[]'],
    ['a field that is unknown', '[{"value":"fti","directorat":"FTI"}]'],
    ['a role that is unknown', '[{"value":"fti","role":"admin"}]'],
    ['a viewer without a category', '[{"value":"fti","role":"viewer"}]'],
    ['a viewer of a blank category', '[{"value":"fti","unit":" "}]'],
    ['an administrator of a category', '[{"value":"fti","role":"administrator","unit":"FTI-IF"}]'],
    ['a value twice', '[{"value":"fti","unit":"A"},{"value":"fti","unit":"B"}]'],
  ])('has no table of roles with %s', (_, table) => {
    expect(() => loadGateway({ ...PROVIDER, ETL_OIDC_ROLES: table })).toThrow(/ETL_OIDC_ROLES.*JSON list/);
  });
});
