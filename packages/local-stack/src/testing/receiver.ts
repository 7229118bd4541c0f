import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An HTTP server that keeps the requests it accepts. */
export interface Receiver {
  url: string;
  received: { headers: IncomingHttpHeaders; body: string }[];
  /** Sets the status of its answers. It keeps a request only if it answers 200. */
  answer(status: number): void;
  close(): Promise<void>;
}

/** Opens a receiver on the loopback interface. */
export async function openReceiver(): Promise<Receiver> {
  let status = 200;
  const received: Receiver['received'] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (status === 200) received.push({ headers: request.headers, body });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    received,
    answer: (wanted) => {
      status = wanted;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
