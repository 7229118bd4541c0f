import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isProbe } from './access-log.ts';

/**
 * Makes a span of each request, in the caller's own trace where it sends a `traceparent`. Neither tokens nor what stands behind the
 * question mark get there.
 */
export function traceRequests(app: FastifyInstance): void {
  const contexts = new WeakMap<FastifyRequest, Context>();
  app.addHook('onRequest', (request, reply, done) => {
    if (isProbe(request.url)) return done();
    const { method } = request;
    const route = request.routeOptions.url;
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const attributes = {
      'http.request.method': method,
      'url.scheme': request.protocol,
      'url.path': request.url.split('?')[0],
      'http.route': route,
      'etl.request_id': request.id,
    };
    const name = route === undefined ? method : `${method} ${route}`;
    const span = trace.getTracer('etl').startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    // Also of a caller who has gone before the end.
    reply.raw.once('close', () => {
      const { statusCode } = reply;
      span.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500)
        span.setAttribute('error.type', String(statusCode)).setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    const within = trace.setSpan(parent, span);
    contexts.set(request, within);
    context.with(within, done);
  });
  // What follows a body is called by the connection, which knows of no span.
  app.addHook('preValidation', (request, _, done) => {
    context.with(contexts.get(request) ?? ROOT_CONTEXT, done);
  });
}
