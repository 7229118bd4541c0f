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

/** An error's fields, less what must not or need not be kept: a Redis command's arguments (AUTH) and a load's rows. */
function describeError(error: Error): object {
  const { command: _, sql, ...fields } = pino.stdSerializers.err(error) as object as Record<string, unknown>;
  return typeof sql === 'string' ? { ...fields, sql: sql.slice(0, LONGEST_SQL) } : fields;
}
