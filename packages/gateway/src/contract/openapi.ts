import { ERROR_CODES, type ErrorCode, EtlError } from '@etl/core';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { ErrorBody, EXAMPLE_TIMESTAMP } from './answers.ts';
import type { Contract } from './contract.ts';

/** Under what path the contracts are served, and whether without a token. */
export interface ServedContracts {
  prefix: string;
  isOpen: boolean;
  contracts: readonly Contract[];
}

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** What a call with a token can end with, whatever it is. */
const EVERYWHERE: readonly ErrorCode[] = [
  'INVALID_REQUEST',
  'UNAUTHORIZED',
  'RATE_LIMITED',
  'DATABASE_UNAVAILABLE',
  'INTERNAL_ERROR',
];

/** The OpenAPI document of the API, of the contracts that it is served by. */
export function openApiDocument(served: readonly ServedContracts[]): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const { prefix, isOpen, contracts } of served) {
    for (const contract of contracts) {
      const path = prefix + contract.path;
      paths[path] = { ...paths[path], [contract.method.toLowerCase()]: operation(contract, isOpen) };
    }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'User Activity ETL for Moodle',
      version: '1',
      description:
        'How much each Moodle course was used, each day. Times are on the clocks of `ETL_TIMEZONE`; every body has a boolean `status`. ' +
        'Administrators may call everything, viewers what reads: of courses only those of their directorate and unit.',
    },
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A webhook token (`ETL_WEBHOOK_TOKENS`), or a signed JWT with `username`, `roles`, `directorate` and `unit`',
        },
      },
    },
    paths,
  });
}

function operation(contract: Contract, isOpen: boolean): ZodOpenApiOperationObject {
  const { method, path, group, summary, description, parameters, query, body, bodyExample, answer } =
    contract;
  const errors = [
    ...(isOpen ? [] : EVERYWHERE),
    ...(method === 'POST' && !isOpen ? ['FORBIDDEN' as const] : []),
    ...(contract.errors ?? []),
  ];
  const formats = Object.entries(answer.otherFormats ?? {}).map(([type, example]) => [
    type,
    { schema: { type: 'string' as const }, example },
  ]);
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[/{}]+/g, '_')}`.replace(/_$/, ''),
    tags: [group],
    summary,
    ...(description !== undefined && { description }),
    security: isOpen ? [] : [{ token: [] }],
    ...((parameters || query) && {
      requestParams: { ...(parameters && { path: parameters }), ...(query && { query: query as never }) },
    }),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: body, example: bodyExample } },
      },
    }),
    responses: {
      [answer.code]: {
        description: answer.code === 202 ? 'Accepted' : 'OK',
        content: {
          'application/json': {
            schema: answer.body,
            example: { status: true, ...answer.example, timestamp: EXAMPLE_TIMESTAMP },
          },
          ...Object.fromEntries(formats),
        },
      },
      ...errorAnswers(errors, contract.errorStatus),
    },
  };
}

/** An answer for each HTTP status, with an example for each code. */
function errorAnswers(
  codes: readonly ErrorCode[],
  errorStatus: number | undefined,
): Record<string, ZodOpenApiResponseObject> {
  const answers: Record<string, ZodOpenApiResponseObject> = {};
  for (const code of ERROR_CODES.filter((code) => codes.includes(code))) {
    const { httpStatus, message } = new EtlError(
      code,
      undefined,
      errorStatus === undefined ? {} : { httpStatus: errorStatus },
    );
    const json = answers[httpStatus]?.content?.['application/json'];
    const example = { value: { status: false, error: message, code, timestamp: EXAMPLE_TIMESTAMP } };
    answers[httpStatus] = {
      description: [answers[httpStatus]?.description, code].filter(Boolean).join(', '),
      content: {
        'application/json': { schema: ErrorBody, examples: { ...json?.examples, [code]: example } },
      },
    };
  }
  return answers;
}
