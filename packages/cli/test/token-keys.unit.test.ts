import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { examineTokenKeys } from '../src/doctor/token-keys.ts';

it('the doctor counts the keys of signed tokens, and warns if their address is unreachable', async () => {
  const keys = [{ kty: 'RSA' }, { kty: 'EC', use: 'sig' }, { kty: 'RSA', use: 'enc' }];
  const server = createServer((_, response) => response.end(JSON.stringify({ keys })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  expect(await examineTokenKeys(address)).toEqual({
    check: 'token keys',
    level: 'ok',
    found: '2 at ETL_JWT_JWKS_URL',
  });
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(await examineTokenKeys(address)).toMatchObject({
    level: 'warning',
    found: expect.stringContaining('ECONNREFUSED'),
  });
});
