import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { DatabaseConnection } from 'kysely';
import { errorType } from './tracing.ts';

/** Long enough to recognise a statement; a load's has megabytes. */
const LONGEST_SQL = 300;

/** Of a text with many blanks, so much is looked at. */
const LONGEST_LOOK = 4 * LONGEST_SQL;

const DEFAULT_PORT = 3306;

/** Texts, also one that is cut off, and numbers. */
const LITERALS = /'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|\b\d[\w.]*/gs;

/**
 * Makes a span of each statement that is part of a recorded trace. All others cost one look: what no request and no job has asked for,
 * such as heartbeats, is no trace of its own.
 */
export function traceStatements(connection: DatabaseConnection, url: string): void {
  const { hostname, port, pathname } = new URL(url);
  const namespace = decodeURIComponent(pathname.slice(1));
  const server = {
    // The protocol's: which of its servers answers is not known here.
    'db.system.name': 'mysql',
    'db.namespace': namespace,
    'server.address': hostname,
    'server.port': Number(port || DEFAULT_PORT),
  };
  const execute = connection.executeQuery.bind(connection);
  connection.executeQuery = async (query, options) => {
    if (!trace.getActiveSpan()?.isRecording()) return execute(query, options);
    const text = withoutValues(query.sql);
    const operation = /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? '';
    const span = trace.getTracer('etl').startSpan(`${operation} ${namespace}`, {
      kind: SpanKind.CLIENT,
      attributes: { ...server, 'db.operation.name': operation, 'db.query.text': text },
    });
    try {
      return await execute(query, options);
    } catch (error) {
      // Not its message: servers repeat values there.
      span.setAttribute('error.type', errorType(error)).setStatus({ code: SpanStatusCode.ERROR });
      const { errno, sqlState } = error as { errno?: number; sqlState?: string };
      if (sqlState) span.setAttribute('db.response.status_code', String(errno));
      throw error;
    } finally {
      span.end();
    }
  };
}

/** The beginning of a statement, with a question mark for each value that stands in its text: a load writes its numbers there. */
export function withoutValues(sql: string): string {
  return sql
    .slice(0, LONGEST_LOOK)
    .replaceAll(LITERALS, '?')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_SQL);
}
