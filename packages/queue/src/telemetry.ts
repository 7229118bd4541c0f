import type { Config } from '@etl/core';
import { type Context, context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { SpanKind, type Telemetry } from 'bullmq';

export type TelemetryConfig = Partial<Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT'>>;

type QueueSpan = ReturnType<Telemetry<Context>['tracer']['startSpan']>;

/**
 * The option by which BullMQ carries a trace from whoever queues a job to whoever works it off; nothing where spans are not wanted.
 * Of our own, since `bullmq-otel` also tells what errors say, with the values in it, and makes a trace of each look for a job.
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

/** Everything else that BullMQ does, looking for jobs and extending locks most of all, says nothing about a run. */
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
