import { STATUS_CODES } from 'node:http';
import { ERROR_CODES, type ErrorCode, EtlError } from '@etl/core';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { DOCUMENTED_COOKIE } from '../authentication/session-cookie.ts';
import { EXAMPLE_TIMESTAMP } from './answers.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** The errors of the call, beside those of every call. */
    errors?: readonly ErrorCode[];
    /** The HTTP status of all its errors, if their codes do not decide it. */
    errorStatus?: number;
    /** The answer has an ETag, and is 304 to a caller that already has it. See `ConditionalRead`. */
    conditional?: boolean;
  }
}

/** The errors of every call that needs a token. */
const EVERYWHERE: readonly ErrorCode[] = [
  'INVALID_REQUEST',
  'UNAUTHORIZED',
  'RATE_LIMITED',
  'DATABASE_UNAVAILABLE',
  'SIGN_IN_UNAVAILABLE',
  'INTERNAL_ERROR',
];

/** Makes the OpenAPI document. It contains the routes that have a tag and are registered after this call. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'User Activity ETL for Moodle',
        version: '1',
        description:
          'How much each Moodle course was used, each day. Times are in the time zone of `ETL_TIMEZONE`. Every body has a boolean `status`. ' +
          'Administrators may call everything. Viewers may read, and see only the courses of their directorate and unit.',
      },
      components: {
        securitySchemes: {
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: DOCUMENTED_COOKIE,
            description:
              'A session of the dashboard. With it, only pages of this gateway may change anything',
          },
          token: {
            type: 'http',
            scheme: 'bearer',
            description:
              'A webhook token (`ETL_WEBHOOK_TOKENS`), or a signed JWT with `username`, `roles`, `directorate` and `unit`',
          },
        },
      },
    },
    convertConstToEnum: false,
    transform: describeRoute,
    transformObject: completeDocument,
  });
}

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transform']>;
type TransformObject = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>;

/** The part of a JSON schema that this file changes. */
type JsonSchema = { examples?: unknown[] };

/** Adds the examples, the errors, the security and the operation id, which `jsonSchemaTransform` leaves out. */
const describeRoute: Transform = (input) => {
  const {
    errors = [],
    errorStatus,
    conditional,
    security = [{ token: [] }, { session: [] }],
    ...own
  } = input.schema ?? {};
  if (own.tags === undefined) return { schema: { hide: true }, url: input.url };
  const { schema, url } = jsonSchemaTransform({ ...input, schema: own });
  const { method, routePath } = input.route as unknown as { method: string; routePath: string };
  const codes = [
    ...(security.length > 0 ? EVERYWHERE : []),
    ...(security.length > 0 && method === 'POST' ? (['FORBIDDEN'] as const) : []),
    ...errors,
  ];
  const answers = Object.entries(schema.response ?? {}).map(([status, answer]) => [
    status,
    { description: STATUS_CODES[status], content: contentOf(answer as JsonSchema) },
  ]);
  return {
    schema: {
      ...schema,
      operationId: method.toLowerCase() + routePath.replaceAll(/[/:]+/g, '_'),
      security,
      response: {
        ...Object.fromEntries(answers),
        ...(conditional && NOT_MODIFIED),
        ...errorAnswers(codes, errorStatus),
      },
    },
    url,
  };
};

const NOT_MODIFIED = {
  304: {
    description: 'The caller has this answer already: its `If-None-Match` names the ETag',
    type: 'null',
  },
};

/** The answer by content type, with the example beside the schema. */
function contentOf(answer: JsonSchema | { content: Record<string, { schema: JsonSchema }> }): object {
  const content = 'content' in answer ? answer.content : { 'application/json': { schema: answer } };
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema }]) => {
      const { examples = [], ...rest } = schema;
      return [type, { schema: rest, example: examples[0] }];
    }),
  );
}

/** An answer for each HTTP status, with an example for each code. */
function errorAnswers(codes: readonly ErrorCode[], errorStatus: number | undefined): object {
  const answers: Record<number, { description: string; examples: object }> = {};
  for (const code of ERROR_CODES.filter((code) => codes.includes(code))) {
    const { httpStatus, message } = new EtlError(
      code,
      undefined,
      errorStatus === undefined ? {} : { httpStatus: errorStatus },
    );
    const example = { value: { status: false, error: message, code, timestamp: EXAMPLE_TIMESTAMP } };
    const { description, examples } = answers[httpStatus] ?? {};
    answers[httpStatus] = {
      description: description === undefined ? code : `${description}, ${code}`,
      examples: { ...examples, [code]: example },
    };
  }
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, examples }]) => [
      status,
      {
        description,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' }, examples } },
      },
    ]),
  );
}

const completeDocument: TransformObject = (input) => {
  const document = jsonSchemaTransformObject(input) as {
    components: { schemas: Record<string, object> };
    paths: Record<
      string,
      Record<string, { requestBody?: { required: boolean; content: Record<string, { schema: object }> } }>
    >;
  };
  // fastify-type-provider-zod adds a second schema for requests. No request refers to it.
  for (const id of Object.keys(document.components.schemas)) {
    if (id.endsWith('Input')) delete document.components.schemas[id];
  }
  // @fastify/swagger marks every body as required. A body without required fields is optional here.
  for (const { requestBody } of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    if (requestBody) {
      const schema = requestBody.content['application/json']?.schema ?? {};
      requestBody.required = 'required' in schema || 'anyOf' in schema;
    }
  }
  return document as ReturnType<TransformObject>;
};
