import type { ErrorCode } from '@etl/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseInput } from '../request-input.ts';

/** A call of the API: what it takes and what it answers. The same schemas validate and document it. */
export interface Contract<
  Parameters extends z.ZodObject = z.ZodObject,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST';
  /** As OpenAPI writes it: `/runs/{run_id}`. */
  path: string;
  group: 'Runs' | 'State' | 'Figures' | 'Operation';
  summary: string;
  description?: string;
  parameters?: Parameters;
  query?: Query;
  body?: Body;
  /** A body that could be sent. */
  bodyExample?: object;
  answer: {
    code: 200 | 202;
    body: z.ZodType;
    example: object;
    /** The same in other formats: an example of each, by content type. */
    otherFormats?: Record<string, string>;
  };
  /** Beside those that every call can end with. */
  errors?: readonly ErrorCode[];
  /** The HTTP status of all of its errors, if it is not that of their codes. */
  errorStatus?: number;
}

/** What was sent, as the schemas understand it. */
export interface Given<Parameters extends z.ZodObject, Query extends z.ZodType, Body extends z.ZodType> {
  parameters: z.output<Parameters>;
  query: z.output<Query>;
  body: z.output<Body>;
}

const NOTHING = z.strictObject({});

/** Serves a call as its contract says. What that does not take is refused: INVALID_REQUEST, by field. */
export function serve<Parameters extends z.ZodObject, Query extends z.ZodType, Body extends z.ZodType>(
  app: FastifyInstance,
  contract: Contract<Parameters, Query, Body>,
  handle: (given: Given<Parameters, Query, Body>, request: FastifyRequest, reply: FastifyReply) => unknown,
): void {
  const { method, path, parameters = NOTHING, query = NOTHING, body = NOTHING } = contract;
  app.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    handler: async (request, reply) => {
      const given = {
        parameters: parseInput(parameters, request.params),
        query: parseInput(query, request.query),
        // A GET has none; a call that can do without one takes an empty one for none.
        body: parseInput(body, request.body ?? {}),
      };
      return handle(given as Given<Parameters, Query, Body>, request, reply);
    },
  });
}
