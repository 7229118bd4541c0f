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
 * Records a span for each request. If the caller sends a `traceparent`, the span belongs to that trace. A span
 * contains neither tokens nor the query string.
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
    // 'close' also comes if the caller hangs up.
    reply.raw.once('close', () => {
      const { statusCode } = reply;
      span.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500)
        span.setAttribute('error.type', String(statusCode)).setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    const spanContext = trace.setSpan(parent, span);
    contexts.set(request, spanContext);
    context.with(spanContext, done);
  });
  // After a body was read, the connection runs the hooks outside the span.
  app.addHook('preValidation', (request, _, done) => {
    context.with(contexts.get(request) ?? ROOT_CONTEXT, done);
  });
}
