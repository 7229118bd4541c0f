import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { compile } from '@fastify/proxy-addr';
import type { FastifyInstance } from 'fastify';
import ipaddr from 'ipaddr.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The address of the caller according to trusted proxies. Empty if the caller hung up before it was read. */
    address: string;
    /** Whether a trusted proxy sent the request. */
    isFromProxy: boolean;
  }
}

/**
 * Gives each request the address of its caller. Nothing else reads `X-Forwarded-For`: Fastify's own `request.ip`
 * throws if a proxy writes anything but a plain address.
 */
export function readAddresses(app: FastifyInstance, trustedProxies: readonly string[]): void {
  const isTrusted = compile([...trustedProxies]);
  app.decorateRequest('address', '');
  app.decorateRequest('isFromProxy', false);
  app.addHook('onRequest', async (request) => {
    const sender = canonical(request.raw.socket.remoteAddress ?? '');
    request.isFromProxy = sender !== undefined && isTrusted(sender, 0);
    request.address = addressOf(request.raw, (address) => isTrusted(address, 0));
  });
}

/**
 * The nearest address that is not a trusted proxy. The search starts at the connection and follows `X-Forwarded-For`
 * from its end. It stops at an entry that is not an address. The result is then the proxy that wrote the entry, never
 * a text that a caller can choose.
 */
export function addressOf(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  isTrusted: (address: string) => boolean,
): string {
  let nearest = canonical(socket.remoteAddress ?? '') ?? '';
  const forwarded = headers['x-forwarded-for'] ?? '';
  const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',');
  while (nearest !== '' && hops.length > 0 && isTrusted(nearest)) {
    const next = canonical(hops.pop() ?? '');
    if (next === undefined) break;
    nearest = next;
  }
  return nearest;
}

/** The written forms: in quotes or brackets, with a zone or a port, an IPv4 address with a port, or plain. */
const WRITTEN =
  /^"?(?:\[(?<bracketed>[\da-f:.]+)(?:%[^\]]*)?\](?::\d+)?|(?<v4>[\d.]+)(?::\d+)?|(?<v6>[\da-f:.]+))"?$/i;

/**
 * The one spelling of an address: no port, quotes, brackets or zone, and IPv4 as IPv4. Undefined if the text is no
 * address.
 */
function canonical(text: string): string | undefined {
  const { bracketed, v4, v6 } = WRITTEN.exec(text.trim())?.groups ?? {};
  const address = bracketed ?? v4 ?? v6 ?? '';
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString();
}

/**
 * The network that counts as one caller: an IPv4 address, or the first half of an IPv6 address. One machine has many
 * of those.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  return new ipaddr.IPv6(ipaddr.parse(address).toByteArray()).parts.slice(0, 4).join(':');
}
