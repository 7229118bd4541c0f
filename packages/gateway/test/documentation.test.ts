import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { API, type Gateway, openGateway } from './support.ts';

interface Media {
  schema: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

interface Operation {
  summary: string;
  parameters?: { name: string; description?: string }[];
  security: object[];
  requestBody?: { content: Record<string, Media> };
  /** An answer without a body has no content. */
  responses: Record<string, { content?: Record<string, Media> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

/** Reads that viewers must not send. */
const FOR_ADMINISTRATORS = ['/recounts/', '/ledger'];

let gateway: Gateway;
let document: Document;

beforeAll(async () => {
  gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  document = (await gateway.app.inject('/openapi.json')).json();
});

afterAll(() => gateway?.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );

describe('OpenAPI document', () => {
  it('contains every call of the API, and the gateway serves each of them', () => {
    expect(document.openapi).toBe('3.1.0');
    const calls = [
      'POST run_pipeline',
      'POST run_activity_counts',
      'POST run_user_counts',
      'POST run_main_etl',
      'POST run_backfill',
      'GET runs/{run_id}',
      'POST runs/{run_id}/cancel',
      'POST runs/{run_id}/retry',
      'GET status',
      'GET scheduler_data',
      'GET results/{date}',
      'GET export',
      'GET summary',
      'GET events',
      'GET me',
      'GET days',
      'GET ledger',
      'GET restatements',
      'GET restatements/{id}',
      'GET series',
      'GET categories',
      'GET courses',
      'GET courses/{moodle_course_id}',
      'GET cells/{date}/{moodle_course_id}/{metric}',
      'POST cells/{date}/{moodle_course_id}/recount',
      'GET recounts/{recount_id}',
    ].map((call) => call.replace(' ', ` ${API}/`));
    expect(new Set(operations().map(({ name }) => name))).toEqual(
      new Set([
        ...calls,
        'POST /app/session',
        'DELETE /app/session',
        'POST /app/session/view_as',
        'DELETE /app/session/view_as',
        'GET /app/sign-in/ways',
        'GET /health/live',
        'GET /health/ready',
      ]),
    );
    for (const { name } of operations()) {
      const [method = '', path = ''] = name.split(' ');
      const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
      expect(gateway.app.hasRoute({ method: method as 'GET', url }), name).toBe(true);
    }
  });

  it('the OpenAPI document has an example of the documented form for every request, answer and error', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'openapi');
    const isRight = (schema: object, value: unknown) => {
      // References point into the document.
      const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')));
      return validate(value) || ajv.errorsText(validate.errors);
    };
    let examples = 0;
    for (const { name, operation } of operations()) {
      const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
        Object.entries(part?.content ?? {}),
      );
      for (const [type, { schema, example, examples: named }] of contents) {
        // Bytes have no example in JSON.
        if ('format' in schema && schema.format === 'binary') continue;
        const values = named ? Object.values(named).map(({ value }) => value) : [example];
        for (const value of values) {
          expect(value, `${name} ${type}`).toBeDefined();
          expect(isRight(schema, value), `${name} ${type} ${JSON.stringify(value)}`).toBe(true);
          examples += 1;
        }
      }
    }
    expect(examples).toBeGreaterThan(80);
  });

  it('every parameter has a description', () => {
    const described = operations().flatMap(({ name, operation: { parameters = [] } }) =>
      parameters.map((parameter) => ({ name: `${name} ${parameter.name}`, text: parameter.description })),
    );
    expect(described.length).toBeGreaterThan(40);
    expect(described.filter(({ text }) => !text)).toEqual([]);
  });

  it('requires a token or a session for everything but probes and sessions', () => {
    for (const { name, operation } of operations()) {
      const isOpen = name.includes('/health/') || name.includes('/app/');
      expect(operation.security, name).toEqual(isOpen ? [] : [{ token: [] }, { session: [] }]);
      if (name.includes('/app/')) continue;
      expect('401' in operation.responses, name).toBe(!isOpen);
      const isForAdministrators =
        name.startsWith('POST') || FOR_ADMINISTRATORS.some((path) => name.includes(path));
      expect('403' in operation.responses, name).toBe(isForAdministrators);
    }
  });
});

it('the page of the document loads nothing from other hosts', async () => {
  const page = await gateway.app.inject('/docs/');
  expect(page.statusCode).toBe(200);
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    expect(file).not.toMatch(/^(https?:)?\/\//);
    const answer = await gateway.app.inject(new URL(file, 'http://x/docs/').pathname);
    expect(answer.statusCode, file).toBe(200);
  }
  // The page has no inline script or style.
  expect(page.body).not.toMatch(/<script>|<style|\sstyle=|\son\w+=/);
  // The page works over plain HTTP, too.
  expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
  expect((await gateway.app.inject('/docs/json')).json().paths).toEqual(document.paths);
});
