import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examine } from '../src/doctor/examine.ts';
import { examineProvider } from '../src/doctor/provider.ts';

let issuer = '';
let paths: (string | undefined)[] = [];
let answer: (response: ServerResponse) => void = () => {};

const server = createServer(({ url }, response) => {
  paths.push(url);
  answer(response);
});
const answering = (body: unknown) => (response: ServerResponse) => response.end(JSON.stringify(body));

/** The configuration of a provider, with these changes. */
const configuration = (changes: Record<string, unknown> = {}) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/keys`,
  ...changes,
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/university`;
});
beforeEach(() => {
  paths = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("the doctor reads the provider's configuration", () => {
  it.each(['', '/'])('below the issuer with "%s" at its end', async (end) => {
    answer = answering(configuration({ issuer: issuer + end }));
    expect(await examineProvider(issuer + end)).toEqual({
      check: 'provider',
      level: 'ok',
      found: `${issuer}${end} can be read`,
    });
    expect(paths).toEqual(['/realms/university/.well-known/openid-configuration']);
  });

  it('and names both issuers if they differ, as the gateway would refuse every sign-in', async () => {
    const named = 'https://sso.example.edu/realms/university';
    answer = answering(configuration({ issuer: named }));
    expect(await examineProvider(issuer)).toEqual({
      check: 'provider',
      level: 'fault',
      found: `ETL_OIDC_ISSUER is ${issuer}, but the provider names itself ${named}`,
      means: 'People cannot sign in at the university. Tokens work.',
      mend: `If that is the university's provider, set ETL_OIDC_ISSUER=${named}. Else correct the address.`,
    });
    answer = answering(configuration({ issuer: `${issuer}/` }));
    expect(await examineProvider(issuer)).toMatchObject({ level: 'fault' });
  });

  it.each<[string, typeof answer, RegExp]>([
    ['is missing', (response) => response.writeHead(404).end(), /openid-configuration: it answered 404$/],
    [
      'is elsewhere',
      (response) => response.writeHead(302, { location: '/login' }).end(),
      /openid-configuration: the address leads to another one$/,
    ],
    ['is a page for people', (response) => response.end('<html>'), /not the configuration of an OpenID/],
    ['has no issuer', answering({}), /not the configuration of an OpenID/],
    [
      'has no code flow',
      (response) => answering(configuration({ authorization_endpoint: undefined }))(response),
      /the provider's configuration has no authorization_endpoint$/,
    ],
    [
      'is huge',
      (response) => answering(configuration({ more: 'x'.repeat(300_000) }))(response),
      /the answer has more than 256 kB$/,
    ],
    ['never comes', (response) => response.destroy(), /openid-configuration: other side closed$/],
  ])('and says so if it %s', async (_, how, found) => {
    answer = how;
    const { level, mend, ...finding } = await examineProvider(issuer);
    expect(level).toBe('fault');
    expect(finding.found).toMatch(found);
    expect(mend).not.toBe('');
    expect(paths).toHaveLength(1);
  });

  it('among its other checks', async () => {
    answer = answering(configuration());
    const findings = await examine({ ETL_OIDC_ISSUER: issuer }, new Date());
    expect(findings).toContainEqual(expect.objectContaining({ check: 'provider', level: 'ok' }));
    expect(await examine({}, new Date())).not.toContainEqual(expect.objectContaining({ check: 'provider' }));
  });

  it('and explains that fetch refuses a port', async () => {
    const { found } = await examineProvider('http://127.0.0.1:6000');
    expect(found).toContain('port 6000 belongs to another protocol');
    expect(found).not.toContain('bad port');
  });

  it('for five seconds at most', async () => {
    answer = () => {};
    expect(await examineProvider(issuer)).toMatchObject({
      found: expect.stringMatching(/the address did not answer in time$/),
    });
  }, 10_000);
});
