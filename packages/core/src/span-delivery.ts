import { randomUUID } from 'node:crypto';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from './logger.ts';
import { withTimeout } from './timeout.ts';

export interface Tracing {
  /** Delivers the remaining spans within two seconds, or drops them. Never throws. */
  stop(): Promise<void>;
}

/** Tries included. A stop waits for it, and there is little time left then. */
const DELIVERY_MS = 2000;

/** Sets OpenTelemetry going. The one module that loads its SDK: imported only where spans are wanted. */
export function deliverSpans(endpoint: string, service: string, log: Pick<Logger, 'info' | 'warn'>): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: DELIVERY_MS,
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': service, 'service.instance.id': randomUUID() }),
    ),
    spanProcessors: [new BatchSpanProcessor({ exporter: withOutagesLogged(exporter, log) })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  // No baggage: whatever a caller puts there would be kept in Redis.
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    // What cannot be delivered has been logged, and is lost.
    stop: () => withTimeout(DELIVERY_MS, provider.shutdown()).catch(() => {}),
  };
}

/** One line for each outage says enough. */
function withOutagesLogged(exporter: SpanExporter, log: Pick<Logger, 'info' | 'warn'>): SpanExporter {
  let away = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !away) log.warn({ why: result.error?.message }, 'spans cannot be delivered');
        if (!failed && away) log.info('spans are delivered again');
        away = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
