import { Writable } from 'node:stream';
import { createLogger, type Logger } from '@etl/core';

/** A log that keeps its lines. */
export function keptLog(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const out = new Writable({
    write: (line, _encoding, done) => {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  return { log: createLogger({ ETL_LOG_LEVEL: 'info' }, 'gateway', out), lines };
}
