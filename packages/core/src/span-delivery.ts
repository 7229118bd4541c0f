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

/** Limit of a delivery with its retries. A stop waits for it, and has only seconds. */
const DELIVERY_MS = 2000;

/** Starts OpenTelemetry. Only this module loads its SDK, and `startTracing` imports it only if spans are configured. */
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
  // No baggage: BullMQ would store in Redis what a caller puts there.
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    // The exporter has logged the failure; the spans are lost.
    stop: () => withTimeout(DELIVERY_MS, provider.shutdown()).catch(() => {}),
  };
}

/** Logs one line when an outage begins and one when it ends. */
function withOutagesLogged(exporter: SpanExporter, log: Pick<Logger, 'info' | 'warn'>): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !isFailing) log.warn({ why: result.error?.message }, 'spans cannot be delivered');
        if (!failed && isFailing) log.info('spans are delivered again');
        isFailing = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
