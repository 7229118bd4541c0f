import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance, InjectOptions } from 'fastify';

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
}

/**
 * Checks every answer to `inject` against the OpenAPI document of the API. An undocumented body, field or status fails
 * the test.
 */
export async function checkAnswers(app: FastifyInstance): Promise<void> {
  await app.ready();
  const document = app.swagger() as unknown as Document;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'openapi');
  const paths = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  const pointer = (parts: string[]) =>
    parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

  const inject = app.inject.bind(app) as (options: InjectOptions) => ReturnType<typeof app.inject>;
  app.inject = (async (options: InjectOptions) => {
    const answer = await (inject(options) as unknown as Promise<Awaited<ReturnType<typeof app.inject>>>);
    const method = (options.method ?? 'GET').toLowerCase();
    const url = String(options.url).split('?')[0] ?? '';
    const path = paths.find(({ pattern }) => pattern.test(url))?.path;
    const operation = path === undefined ? undefined : document.paths[path]?.[method];
    if (method === 'head' || !String(answer.headers['content-type']).startsWith('application/json'))
      return answer;
    const isPacked = answer.headers['content-encoding'] === 'gzip';
    const body = isPacked ? JSON.parse(gunzipSync(answer.rawPayload).toString()) : answer.json();
    // The document does not describe itself and its page.
    if (!operation && answer.statusCode < 400) return answer;
    const status = String(answer.statusCode);
    if (operation && !(status in operation.responses)) {
      throw new Error(`${method} ${url} answers ${status}, which is not documented: ${answer.body}`);
    }
    const schema = operation
      ? pointer([
          'paths',
          path as string,
          method,
          'responses',
          status,
          'content',
          'application/json',
          'schema',
        ])
      : pointer(['components', 'schemas', 'Error']);
    const isRight = ajv.getSchema(`openapi#/${schema}`);
    if (!isRight) throw new Error(`${method} ${url}: no schema for ${status}`);
    if (!isRight(body)) {
      throw new Error(
        `${method} ${url} answers what is not documented: ${ajv.errorsText(isRight.errors)}\n${answer.body.slice(0, 500)}`,
      );
    }
    return answer;
  }) as never;
}
