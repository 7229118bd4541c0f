import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry on the loopback interface that gives this answer to every request. pnpm is the real one. */
export async function openRegistry(
  answer: { status?: number; body: unknown } | 'silence',
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_, response) => {
    if (answer === 'silence') return;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

/** An advisory for every version of fastify, as a registry writes it. */
export const advisoryOfFastify = (severity: string) => ({
  fastify: [
    {
      id: 1,
      url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
      title: 'Answers to every caller',
      severity,
      vulnerable_versions: '<999',
      cwe: ['CWE-1'],
      cvss: { score: 9, vectorString: '' },
    },
  ],
});
