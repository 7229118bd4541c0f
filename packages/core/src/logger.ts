import { stdout } from 'node:process';
import type { Writable } from 'node:stream';
import { type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from './config/variables.ts';

export type { Logger };

/** Enough to recognise a statement. A load's statement has megabytes. */
const LONGEST_SQL = 300;

/** Logs JSON lines, by default to standard output. Fields that could hold secrets are censored. */
export function createLogger(
  config: Pick<Config, 'ETL_LOG_LEVEL'>,
  process: string,
  out: Writable = stdout,
): Logger {
  const options: LoggerOptions = {
    level: config.ETL_LOG_LEVEL,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    redact: {
      paths: ['authorization', 'token', 'password'].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[secret]',
    },
  };
  // Without a stream, pino writes to standard output directly.
  return out === stdout ? pino(options) : pino(options, out);
}

/** The fields of an error and of the errors inside it. */
function describeError(error: Error): object {
  return withFieldsTidied(pino.stdSerializers.err(error), DEEPEST);
}

/** Levels of nested errors that are logged: a cause that is an AggregateError whose errors have causes fits. */
const DEEPEST = 6;

/** Drops Redis commands with their arguments (AUTH holds a password), and cuts long SQL. */
function withFieldsTidied(fields: object, depth: number): object {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== 'command' && name !== 'args')
      .map(([name, field]) => [
        name,
        name === 'sql' && typeof field === 'string' ? field.slice(0, LONGEST_SQL) : tidied(field, depth - 1),
      ]),
  );
}

function tidied(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.map((one) => tidied(one, depth - 1));
  if (value instanceof Error) return withFieldsTidied(pino.stdSerializers.err(value), depth);
  // Errors can reference sockets and pools; they are not serialized.
  const { name = 'Object' } = value.constructor ?? {};
  return name === 'Object' ? withFieldsTidied(value, depth) : `[${name}]`;
}
