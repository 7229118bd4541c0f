import type { Config } from '@etl/core';
import { type Context, context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { SpanKind, type Telemetry } from 'bullmq';

export type TelemetryConfig = Partial<Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT'>>;

type QueueSpan = ReturnType<Telemetry<Context>['tracer']['startSpan']>;

/**
 * The BullMQ option that carries a trace from the process that adds a job to the worker that runs it. Empty if
 * tracing is off. We do not use `bullmq-otel`: it records error messages with the values in them, and makes a trace
 * of each poll for a job.
 */
export function queueTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: TelemetryConfig): {
  telemetry?: Telemetry<Context>;
} {
  if (endpoint === undefined) return {};
  return {
    telemetry: {
      tracer: {
        startSpan: (name, options, parent) =>
          options?.kind === SpanKind.PRODUCER || options?.kind === SpanKind.CONSUMER
            ? spanOf(name, options.kind, parent)
            : NO_SPAN,
      },
      contextManager: {
        with: (ctx, work) => context.with(ctx, work),
        active: () => context.active(),
        getMetadata: (ctx) => {
          const carrier = {};
          propagation.inject(ctx, carrier);
          return JSON.stringify(carrier);
        },
        fromMetadata: (active, metadata) => propagation.extract(active, JSON.parse(metadata)),
      },
    },
  };
}

/** BullMQ's other work, polling and extending locks most of all, is not traced: it says nothing about a run. */
const NO_SPAN: QueueSpan = {
  setSpanOnContext: (ctx) => ctx,
  setAttribute: () => {},
  setAttributes: () => {},
  addEvent: () => {},
  recordException: () => {},
  end: () => {},
};

function spanOf(name: string, kind: SpanKind, parent: Context | undefined): QueueSpan {
  const span = trace.getTracer('bullmq').startSpan(name, { kind }, parent);
  const failed = () => void span.setStatus({ code: SpanStatusCode.ERROR });
  return {
    setSpanOnContext: (ctx) => trace.setSpan(ctx, span),
    setAttribute: (key, value) => void span.setAttribute(key, value),
    setAttributes: (attributes) => void span.setAttributes(attributes),
    addEvent: (event) => {
      span.addEvent(event);
      if (event === 'job failed') failed();
    },
    recordException: failed,
    end: () => span.end(),
  };
}
