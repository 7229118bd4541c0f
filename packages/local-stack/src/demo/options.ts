import path from 'node:path';
import { parseArgs } from 'node:util';
import { addDays, loadConfig, today } from '@etl/core';
import { type SampleOptions, TERM_SAMPLE } from '../sample-moodle/sample-moodle.ts';

export const REPOSITORY = path.resolve(import.meta.dirname, '../../../..');
export const DEFAULT_PORT = 8081;

export const HELP = `Usage: ./scripts/demo.sh [options]

Starts a private MariaDB and Redis, fills a sample Moodle with eight weeks of log, starts the gateway
and two workers, runs the pipeline for one day through the API and shows its result. Then it runs the
other days, and stays up until Ctrl-C.

  --once            stop after the run of one day
  --date DATE       the day to run                    (2024-01-15)
  --courses N       courses of the sample             (${TERM_SAMPLE.courses})
  --rows-per-day N  log rows of an ordinary Monday    (${TERM_SAMPLE.rowsPerDay})
  --port N          the gateway's port                (${DEFAULT_PORT}, or a free one if that is taken)
  --folder DIR      where the demo keeps its data     (.local/demo)
  --all-interfaces  listen on all interfaces: only for a container, because the demo's tokens are public

The variable ETL_SUPPRESS_BELOW holds for the gateway and the workers: viewers then see no figures of
courses with fewer students.
`;

export interface DemoOptions {
  once: boolean;
  date: string;
  sample: SampleOptions & { term: NonNullable<SampleOptions['term']> };
  /** Dates with a log outside the eight weeks: yesterday, and the requested one. */
  furtherDates: string[];
  port: number | undefined;
  folder: string;
  host: string;
  /** Of the environment: viewers see no figures of courses with fewer students. */
  suppressBelow: number;
}

/** The options of the command line, or undefined if somebody asks for help. Throws if one is wrong. */
export function demoOptions(): DemoOptions | undefined {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      date: { type: 'string', default: '2024-01-15' },
      courses: { type: 'string', default: String(TERM_SAMPLE.courses) },
      'rows-per-day': { type: 'string', default: String(TERM_SAMPLE.rowsPerDay) },
      port: { type: 'string' },
      folder: { type: 'string', default: path.join(REPOSITORY, '.local/demo') },
      'all-interfaces': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { date } = values;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new Error(`--date takes YYYY-MM-DD, not "${date}"`);
  const { ETL_SUPPRESS_BELOW } = process.env;
  const config = loadConfig(ETL_SUPPRESS_BELOW === undefined ? {} : { ETL_SUPPRESS_BELOW });
  // The command runs yesterday by default.
  const yesterday = addDays(today(TERM_SAMPLE.timeZone, new Date()), -1);
  return {
    once: values.once,
    date,
    sample: {
      ...TERM_SAMPLE,
      courses: wholeNumber('--courses', values.courses),
      rowsPerDay: wholeNumber('--rows-per-day', values['rows-per-day']),
    },
    furtherDates: [...new Set([yesterday, date])],
    port: values.port === undefined ? undefined : wholeNumber('--port', values.port),
    folder: path.resolve(values.folder),
    host: values['all-interfaces'] ? '0.0.0.0' : '127.0.0.1',
    suppressBelow: config.ETL_SUPPRESS_BELOW,
  };
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${option} takes a whole number, not "${text}"`);
  return Number(text);
}
