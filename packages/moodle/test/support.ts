import { type Config, loadConfig } from '@etl/core';
import { pino } from 'pino';
import { openSource, type Source } from '../src/index.ts';

/** A source as a worker opens it, and the messages that it has logged. */
export interface OpenSource extends Source {
  messages: string[];
}

/** Opens a Moodle's database. Other settings have their defaults. */
export function open(url: string, env: Partial<Record<keyof Config, string>> = {}): OpenSource {
  const messages: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void messages.push(JSON.parse(line).msg) });
  const config = loadConfig({ MOODLE_DATABASE_URL: url, ...env }, ['MOODLE_DATABASE_URL']);
  return { ...openSource(config, log, { connections: 8 }), messages };
}
