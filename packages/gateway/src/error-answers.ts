import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { clockTime, EtlError, isDatabaseUnavailable, isInterrupted } from '@etl/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { invalidRequest } from './request-input.ts';

/** For limits of what runs at once: a caller may have closed a tab by then, or a read may have ended. */
const RETRY_SECONDS = 10;

/** Gives every error of the app the same body: `{status: false, error, code, details?, timestamp}`. */
export function answerErrors(app: FastifyInstance, timeZone: string): void {
  app.setErrorHandler<FastifyError>((thrown, request, reply) => answer(thrown, request, reply, timeZone));
  app.setNotFoundHandler((request, reply) => {
    const error = new EtlError('NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]}`);
    return answer(error, request, reply, timeZone);
  });
}

/** Answers one error, including errors before a route, such as a URL that cannot be decoded. */
export function answer(
  thrown: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
  timeZone: string,
): FastifyReply {
  const error = toEtlError(thrown, request);
  if (error.code === 'INTERNAL_ERROR') request.log.error({ err: thrown }, 'request failed');
  else if (error.httpStatus >= 500) request.log.warn({ err: thrown }, 'request could not be served');
  if (error.code === 'UNAUTHORIZED' && !reply.hasHeader('www-authenticate')) {
    reply.header('www-authenticate', 'Bearer');
  }
  if (error.code === 'RATE_LIMITED' && !reply.hasHeader('retry-after')) {
    reply.header('retry-after', RETRY_SECONDS);
  }
  return reply.status(error.httpStatus).send(body(error, timeZone));
}

/**
 * Answers bytes that are not a valid request (400) and a request that did not arrive in time (408). No route sees
 * them. If the connection is already sending an answer, it is reset: the client could take a second answer for a part
 * of the first.
 */
export function answerUnreadable(
  timeZone: string,
  answers: NewestAnswers,
): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNRESET' || socket.destroyed || !socket.writable) return socket.destroy();
    const newest = answers.get(socket);
    if (newest?.headersSent && !newest.writableFinished) return socket.resetAndDestroy();
    const [status, why] = UNREADABLE[code ?? ''] ?? ['400 Bad Request', 'The request is not valid HTTP'];
    const text = JSON.stringify(body(new EtlError('INVALID_REQUEST', why), timeZone));
    socket.end(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
      // A client that keeps sending would keep its half of the connection open.
      () => socket.destroy(),
    );
  };
}

/** The newest answer of each connection. */
export type NewestAnswers = WeakMap<Socket, ServerResponse>;

/** The answers to error codes of Node's HTTP server. */
const UNREADABLE: Record<string, [status: string, why: string]> = {
  HPE_HEADER_OVERFLOW: ['400 Bad Request', 'The request headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time. Send it again.'],
};

function body(error: EtlError, timeZone: string): object {
  return {
    status: false,
    error: error.message,
    code: error.code,
    ...(error.details && { details: error.details }),
    timestamp: clockTime(new Date(), timeZone),
  };
}

function toEtlError(thrown: FastifyError | Error, request: FastifyRequest): EtlError {
  if (thrown instanceof EtlError) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    return invalidRequest(thrown.validation, fieldsOf(request, thrown.validationContext));
  }
  if (isDatabaseUnavailable(thrown))
    return new EtlError('DATABASE_UNAVAILABLE', undefined, { cause: thrown });
  if (isInterrupted(thrown)) {
    const tooLong = 'The warehouse took too long. Ask for less at once, or try again later.';
    return new EtlError('DATABASE_UNAVAILABLE', tooLong, { cause: thrown });
  }
  const { statusCode = 500 } = thrown as FastifyError;
  if (statusCode === 401) return new EtlError('UNAUTHORIZED', thrown.message, { cause: thrown });
  if (statusCode === 413) return new EtlError('INVALID_REQUEST', 'The body is too large', { cause: thrown });
  if (statusCode === 415) {
    return new EtlError('INVALID_REQUEST', 'The body must be JSON: Content-Type: application/json', {
      cause: thrown,
    });
  }
  // Fastify's own checks: JSON that does not parse, a bad header, a bad URL.
  if (statusCode >= 400 && statusCode < 500) {
    return new EtlError('INVALID_REQUEST', thrown.message, { cause: thrown });
  }
  return new EtlError('INTERNAL_ERROR', undefined, { cause: thrown });
}

/** The fields of the query or the body of a route. */
function fieldsOf({ routeOptions }: FastifyRequest, part: string | undefined): string[] {
  const { querystring, body } = routeOptions.schema ?? {};
  const schema = part === 'body' ? body : querystring;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
