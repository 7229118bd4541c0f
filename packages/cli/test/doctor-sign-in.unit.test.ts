import { expect, it } from 'vitest';
import { examineConfiguration } from '../src/doctor/configuration.ts';

it.each([
  ['at a provider', { ETL_OIDC_ISSUER: 'https://sso.example.edu', ETL_ADMIN_ROLES: 'etl-admin' }],
  ['by a proxy', { ETL_PROXY_USER_HEADER: 'X-Person-User', ETL_ADMIN_ROLES: 'etl-admin' }],
])('the doctor misses no token if people sign in %s', (_, env) => {
  const { findings } = examineConfiguration(env);
  expect(findings.filter(({ check }) => check === 'tokens')).toMatchObject([{ level: 'ok' }]);
});

it('the doctor says that no call can succeed without a token, a key and a sign-in', () => {
  const { findings } = examineConfiguration({});
  expect(findings).toContainEqual(expect.objectContaining({ check: 'tokens', level: 'fault' }));
});
