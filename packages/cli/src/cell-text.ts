import type { Cell } from '@etl/warehouse';
import wrapAnsi from 'wrap-ansi';
import { plain } from './table.ts';

/** Fits a terminal, and a mail. */
const WIDTH = 80;

/** Names are followed by their explanation, which begins in this column. */
const INDENT = 14;

const STATES: Record<Cell['state'], string> = {
  final: 'final',
  provisional: 'provisional: extracted before the day had ended',
  purged: 'final, and kept although Moodle has deleted log rows of the day',
  missing: 'missing',
  future: 'in the future',
};

/** A cell in plain words, in lines of 80 columns at most. */
export function cellText(cell: Cell): string {
  const { extraction_date: date, day, run, value, not_counted: left, formula, metric } = cell;
  const title = `${metric} of ${plain(cell.course_name) || 'a course without a name'} (course ${cell.moodle_course_id}) on ${date}`;
  const lines: [name: string, text: string][] = [
    ['Value', value === null ? 'none' : String(value)],
    ...(left ? ([['Why', notCountedText(left)]] as [string, string][]) : []),
    ['Definition', cell.definition],
    ...(formula
      ? ([['Formula', `${formula.expression}: ${formula.with_numbers}`]] as [string, string][])
      : []),
    ...cell.sources.map((source): [string, string] => ['Counted', sourceText(source)]),
    [
      'Day',
      `${day.from} to ${day.to} in ${day.time_zone}, seconds ${day.first_second} to ${day.last_second}`,
    ],
    [
      'Run',
      `${run.run_id} (${run.trigger_type}, by ${plain(run.requested_by ?? '-')}), ended ${run.completed_at ?? '-'}`,
    ],
    ['Enrolments', `counted at ${cell.user_counts_as_of ?? 'an unknown time'}, ${rolesText(cell.roles)}`],
    ['State', STATES[cell.state] + (cell.settings_differ ? ', made with other settings' : '')],
    ...historyLines(cell),
  ];
  return [wrapped(title), ...lines.map(([name, text]) => described(name, text))].join('\n');
}

function notCountedText({ sentence, views, last_date }: NonNullable<Cell['not_counted']>): string {
  const lost = views ? ` ${views} ${views === 1 ? 'view is' : 'views are'} in no figure.` : '';
  const last = last_date === null ? 'It has never been counted.' : `It was last counted on ${last_date}.`;
  return `${sentence}${lost} ${last}`;
}

function sourceText({ table, component, rows, counted, filter }: Cell['sources'][number]): string {
  const what = counted === 'people' ? 'people' : `rows of ${component ?? 'other components'}`;
  return `${rows ?? 'not recorded:'} ${what} in ${table} where ${filter}`;
}

function rolesText(roles: Cell['roles']): string {
  if (!roles) return 'of roles that are not recorded';
  return `students role ${roles.students.join(', ')}, teachers role ${roles.teachers.join(', ')}`;
}

function historyLines({ history, history_complete }: Cell): [string, string][] {
  const lines = history.map(({ value, run_id, completed_at, why }): [string, string] => [
    'Before',
    `${value ?? 'no value'} until it was replaced (${why.join(', ')}); made by run ${run_id}, ended ${completed_at ?? '-'}`,
  ]);
  if (!history_complete)
    return [...lines, ['Before', 'other values may be missing: not every change of the date was kept']];
  return lines.length === 0 ? [['Before', 'no other value']] : lines;
}

function described(name: string, text: string): string {
  const [first = '', ...others] = wrapped(text, WIDTH - INDENT).split('\n');
  const indent = ' '.repeat(INDENT);
  return [`${`${name}:`.padEnd(INDENT)}${first}`, ...others.map((line) => indent + line)].join('\n');
}

/** A word that is longer than a line is broken. */
function wrapped(text: string, width = WIDTH): string {
  return wrapAnsi(text, width, { hard: true });
}
