import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { list } from './values.ts';

/** Names of ranges: loopback, link-local, and private addresses. */
const NAMED = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * A trusted address may report any caller and name any person. No institution has an IPv4 network wider than 10.0.0.0/8,
 * and no registry gives one an IPv6 network wider than /16. Two wide networks together would be the whole internet.
 */
const WIDEST_V4 = 8;
const WIDEST_V6 = 16;
/** fc00::/7 is private as a whole. */
const WIDEST_PRIVATE_V6 = 7;
/** An IPv4 address in IPv6 form has this many bits before it. */
const MAPPED_BITS = 96;

/** Addresses and networks of proxies. */
export const proxies = z
  .string()
  .transform(list)
  .refine(
    (all) => all.every(isNetwork),
    'addresses or networks such as 10.0.0.7 or 10.0.0.0/8, separated by commas',
  )
  .refine(
    (all) => all.every((one) => !isNetwork(one) || isNarrow(one)),
    `networks of /${WIDEST_V4} or narrower (IPv6: /${WIDEST_V6}, or in fc00::/7): a sender in a trusted network can report any address and name any person`,
  );

function isNetwork(text: string): boolean {
  if (NAMED.includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  const isWidth = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  return isIP(address) !== 0 && isWidth && rest.length === 0;
}

function isNarrow(text: string): boolean {
  if (!text.includes('/')) return true;
  const [address, bits] = ipaddr.parseCIDR(text);
  if (address.kind() === 'ipv4') return bits >= WIDEST_V4;
  const v6 = address as ipaddr.IPv6;
  if (v6.isIPv4MappedAddress() && bits >= MAPPED_BITS) return bits >= MAPPED_BITS + WIDEST_V4;
  return bits >= (v6.range() === 'uniqueLocal' ? WIDEST_PRIVATE_V6 : WIDEST_V6);
}
