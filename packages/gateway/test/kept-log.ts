import { Writable } from 'node:stream';
import { type Config, createLogger, type Logger } from '@etl/core';

/** A log that keeps its lines. */
export function keptLog(ETL_LOG_LEVEL: Config['ETL_LOG_LEVEL'] = 'info'): {
  log: Logger;
  lines: Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const out = new Writable({
    write: (line, _encoding, done) => {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  return { log: createLogger({ ETL_LOG_LEVEL }, 'gateway', out), lines };
}
