import type { Socket } from 'node:net';
import { compile } from '@fastify/proxy-addr';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, networkOf } from '../src/request-address.ts';

const isTrusted = (address: string) => compile(['10.0.0.0/8', '::1'])(address, 0);

const seen = (forwarded: string | string[] | undefined, remoteAddress: string | undefined = '10.0.0.1') =>
  addressOf(
    {
      socket: { remoteAddress } as Socket,
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded as string },
    },
    isTrusted,
  );

describe('address of a request behind a trusted proxy', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:5555', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:DB8:0:0::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['[fe80::1%eth0]:443', 'fe80::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    // Of several addresses, the nearest that is not a trusted proxy.
    ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7:80, 10.0.0.2:81', '203.0.113.7'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ])('%s is %s', (forwarded, address) => {
    expect(seen(forwarded)).toBe(address);
  });

  it.each([
    'unknown',
    '_hidden',
    '',
    ',',
    '203.0.113.7, unknown',
    '203.0.113.7,',
    '203.0.113.7:port',
    '1',
    '0x7f.1',
    '999.1.1.1',
    '[2001:db8::1',
    'fe80::1%a-zone',
    'a b',
    '203.0.113.7 5555',
    '\u0000',
  ])('the address of a request behind a trusted proxy is the proxy itself if it sends %j', (forwarded) => {
    expect(seen(forwarded)).toBe('10.0.0.1');
  });

  it('the address of a request behind a trusted proxy is the farthest proxy with a readable entry', () => {
    expect(seen('203.0.113.7, unknown, 10.0.0.2:80')).toBe('10.0.0.2');
  });

  it('the address of a request behind a trusted proxy is the same for several headers as for one', () => {
    expect(seen(['198.51.100.1', '203.0.113.7'])).toBe('203.0.113.7');
  });

  it('the address of a request behind a trusted proxy is an address for every header', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())).map(String)),
        (text) => networkOf(seen(text)).length <= 45 && /^[\da-f:.]+$/.test(seen(text)),
      ),
    );
  });
});

it('the X-Forwarded-For of an untrusted caller is ignored', () => {
  expect(seen('203.0.113.7', '192.0.2.1')).toBe('192.0.2.1');
  expect(seen('203.0.113.7', '::ffff:192.0.2.1')).toBe('192.0.2.1');
});

it('a caller that hung up has no address', () => {
  expect(addressOf({ socket: {} as Socket, headers: { 'x-forwarded-for': '203.0.113.7' } }, isTrusted)).toBe(
    '',
  );
  expect(networkOf('')).toBe('');
});

it('a network is an IPv4 address, or the first half of an IPv6 address', () => {
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::'));
  expect(networkOf('2001:db8:1:2::')).not.toBe(networkOf('2001:db8:1:3::'));
});
