import { stdout } from 'node:process';
import type { Writable } from 'node:stream';
import { type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from './config/variables.ts';

export type { Logger };

/** Long enough to recognise a statement; a load's has megabytes. */
const LONGEST_SQL = 300;

/** JSON lines, on standard output where no other place is named. Secrets are blanked, should one ever get into a line. */
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
  // Its own standard output is written without a stream between.
  return out === stdout ? pino(options) : pino(options, out);
}

/** An error's fields, and those of the errors in it. */
function describeError(error: Error): object {
  return withFieldsTidied(pino.stdSerializers.err(error), DEEPEST);
}

/** An error that has another as its cause, which has several in it, which have causes: deeper nobody reads. */
const DEEPEST = 6;

/** Less what must not or need not be kept: a Redis command with its arguments (AUTH), and a load's rows. */
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
  // Connections, sockets and the like hang on some errors, and half the process on those.
  const { name = 'Object' } = value.constructor ?? {};
  return name === 'Object' ? withFieldsTidied(value, depth) : `[${name}]`;
}
