import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The headers of a proxy that has signed a person in, as they go to the gateway. */
export type Person = Record<string, string>;

/** A proxy that signs people in before a gateway. */
export interface PersonProxy {
  url: string;
  /** From now on this person is signed in, or none. */
  sign(person: Person | null): void;
  close(): Promise<void>;
}

/** Starts a proxy that replaces the headers of a person in each request, and passes the rest on as it is. */
export async function startPersonProxy(gateway: string): Promise<PersonProxy> {
  const { port, hostname } = new URL(gateway);
  let person: Person = {};
  const server = createServer((request, response) => {
    const kept = Object.entries(request.headers).filter(([name]) => !name.startsWith('x-person-'));
    const headers = { ...Object.fromEntries(kept), ...person };
    const { method, url: path } = request;
    const sent = forward({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    sent.once('error', () => response.destroy());
    // A page that is closed ends its stream of events at the gateway, too.
    response.once('close', () => sent.destroy());
    request.pipe(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sign: (next) => {
      person = next ?? {};
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
