import { type Attributes, context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Config } from './config/variables.ts';
import type { Logger } from './logger.ts';
import type { Tracing } from './span-delivery.ts';

export type { Tracing };

const NONE: Tracing = { stop: async () => {} };

/**
 * Starts the delivery of this process's spans if a receiver is configured. Otherwise OpenTelemetry's SDK is not
 * loaded, and its API does nothing.
 */
export async function startTracing(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT'>,
  service: 'etl-gateway' | 'etl-worker' | 'etl-cli',
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<Tracing> {
  if (endpoint === undefined) return NONE;
  const { deliverSpans } = await import('./span-delivery.ts');
  return deliverSpans(endpoint, service, log);
}

/**
 * Runs `work` in a span of the current trace, or of a new one. Its kind is `PRODUCER`, because the work adds jobs to
 * the queue.
 */
export async function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return trace
    .getTracer('etl')
    .startActiveSpan(name, { kind: SpanKind.PRODUCER, attributes }, async (span) => {
      try {
        return await work();
      } catch (error) {
        // Not the message: it can contain values of the database.
        span.setAttribute('error.type', errorType(error)).setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
}

/** Runs `work`, and all that it starts, outside of any trace: for heartbeats and polling. */
export function untraced<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

/** The name of an error, if its message must not be shown. */
export function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'unknown');
}
