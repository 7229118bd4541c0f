import { type Attributes, context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Config } from './config/variables.ts';
import type { Logger } from './logger.ts';
import type { Tracing } from './span-delivery.ts';

export type { Tracing };

const NONE: Tracing = { stop: async () => {} };

/**
 * Begins to deliver this process's spans, where a receiver is configured. Elsewhere nothing is loaded, and all that is said to the
 * API of OpenTelemetry goes nowhere.
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
 * Runs `work` as a span: of the trace that the caller is part of, or else of a new one. `PRODUCER`, since it puts work into the queue.
 */
export async function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return trace
    .getTracer('etl')
    .startActiveSpan(name, { kind: SpanKind.PRODUCER, attributes }, async (span) => {
      try {
        return await work();
      } catch (error) {
        // Not its message: that may hold values of the database.
        span.setAttribute('error.type', errorType(error)).setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
}

/** Runs `work`, and whatever it sets going, outside of any trace: for what repeats for as long as a batch takes. */
export function untraced<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

/** What an error is called where its message must not be told. */
export function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'unknown');
}
