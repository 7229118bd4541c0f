import path from 'node:path';
import { parseArgs } from 'node:util';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

/** Where the servers keep their data. */
export const FOLDER = path.join(REPOSITORY, '.local/bench');

/** Days of the log. */
export const DAYS = 30;

export const PARTS = [
  'one-day',
  'tuning',
  'growth',
  'stray-rows',
  'backfill',
  'memory',
  'empty-day',
  'export',
  'year',
  'tool-views',
  'roll-ups',
  'events',
] as const;
export type Part = (typeof PARTS)[number];

export const HELP = `Usage: pnpm bench [options]

Makes a Moodle to measure with (once; it is kept), measures the system beside the documented SQL, and writes a report.

  --rows N             rows of its log, in ${DAYS} days        (1e7: some 5 GB, 5 minutes to make)
  --courses N          courses                           (5000)
  --role-assignments N                                   (400000)
  --longest N          days of the longest log of the part growth, each as long as a day of --rows (${DAYS})
  --rounds N           times that each thing is measured (7)
  --export-rows N      rows of the large CSV             (1e6)
  --load-seconds N     of each load on the API           (5)
  --dates N            dates of the warehouse for year, tool-views and roll-ups, kept as well (1102)
  --merged-courses N   its courses                       (4532)
  --only PART,…        ${PARTS.join(', ')}
  --out DIR            where benchmarks.md and its chart go (docs)
  --folder DIR         where the servers keep their data (.local/bench)
`;

/** A wrong option. Its message is the whole output. */
export class WrongUsage extends Error {}

/** The options of `pnpm bench`. Undefined if it is asked for help. Throws WrongUsage. */
export function optionsOf(args: readonly string[]) {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: text('1e7'),
      courses: text('5000'),
      'role-assignments': text('400000'),
      longest: text(String(DAYS)),
      rounds: text('7'),
      'export-rows': text('1e6'),
      'load-seconds': text('5'),
      dates: text('1102'),
      'merged-courses': text('4532'),
      only: text(PARTS.join(',')),
      out: text(path.join(REPOSITORY, 'docs')),
      folder: text(FOLDER),
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  type Option = Exclude<keyof typeof values, 'only' | 'out' | 'folder' | 'help'>;
  const number = (option: Option) => wholeNumber(`--${option}`, values[option]);
  return {
    rows: number('rows'),
    courses: number('courses'),
    roleAssignments: number('role-assignments'),
    longest: Math.max(DAYS, number('longest')),
    rounds: number('rounds'),
    exportRows: number('export-rows'),
    loadSeconds: number('load-seconds'),
    dates: number('dates'),
    mergedCourses: number('merged-courses'),
    only: partsOf(values.only),
    out: values.out,
    folder: path.resolve(values.folder),
  };
}

function partsOf(text: string): ReadonlySet<string> {
  const asked = text.split(',');
  const unknown = asked.filter((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown.length > 0)
    throw new WrongUsage(`--only knows no ${unknown.join(', ')}; it takes ${PARTS.join(', ')}`);
  return new Set(asked);
}

/** Also 1e7. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new WrongUsage(`${option} takes a whole number, not "${text}"`);
  return number;
}
