import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { DatabaseConnection } from 'kysely';
import { errorType } from './tracing.ts';

/** Enough to recognise a statement. A load's statement has megabytes. */
const LONGEST_SQL = 300;

/** Characters that are searched for values: blanks are dropped afterwards. */
const SEARCHED_LENGTH = 4 * LONGEST_SQL;

const DEFAULT_PORT = 3306;

/** Strings, also one that is cut off, and numbers. */
const LITERALS = /'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|\b\d[\w.]*/gs;

/**
 * Records a span for each statement that belongs to a recorded trace. Statements outside of a trace, such as
 * heartbeats, are not traced.
 */
export function traceStatements(connection: DatabaseConnection, url: string): void {
  const { hostname, port, pathname } = new URL(url);
  const namespace = decodeURIComponent(pathname.slice(1));
  const server = {
    // The protocol. The driver does not know whether the server is MySQL or MariaDB.
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
      // Not the message: it can contain values.
      span.setAttribute('error.type', errorType(error)).setStatus({ code: SpanStatusCode.ERROR });
      const { errno, sqlState } = error as { errno?: number; sqlState?: string };
      if (sqlState) span.setAttribute('db.response.status_code', String(errno));
      throw error;
    } finally {
      span.end();
    }
  };
}

/**
 * The beginning of a statement, with a question mark for each value in its text. A load's statement contains its
 * numbers.
 */
export function withoutValues(sql: string): string {
  return sql
    .slice(0, SEARCHED_LENGTH)
    .replaceAll(LITERALS, '?')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_SQL);
}
