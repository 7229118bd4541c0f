import { systemVersion } from '@etl/core';
import { type DateRange, type FileFacts, localTime, type RangeComparison } from '@etl/warehouse';

/** A line about a file: what it says, and of what. */
export type AboutLine = readonly [label: string, text: string];

/** What a request limits the rows of a file to. Without any of it the file has all rows. */
export interface AskedRows {
  filter?: string | undefined;
  /** A part of a name. */
  q?: string | undefined;
  offset?: number | undefined;
  cursor?: string | undefined;
  /** Infinity for all rows. */
  limit?: number | undefined;
}

/** What `change` in a file compares with. */
export type FileComparison = Pick<RangeComparison, 'compared' | 'comparedMissingDates' | 'comparedWithheld'>;

/** What the reader of a file has to know about its figures. Formats that have room for it tell it. */
export function aboutFile(
  what: string,
  asked: AskedRows,
  facts: FileFacts,
  timeZone: string,
  comparison?: FileComparison,
): AboutLine[] {
  const { scope, within, withheld } = facts;
  const asOf = localTime(facts.mergedAt, timeZone);
  return [
    ['What', what],
    ...rowsLine(asked),
    ['Dates', datesOf(facts)],
    ...categories(scope),
    ...within.map((name): AboutLine => ['Only within', name]),
    [
      'As of',
      asOf === null ? 'no merge of these dates has completed' : `${asOf}, the newest merge of these dates`,
    ],
    ['Missing dates, not in the figures', list(facts.missingDates)],
    ['Provisional dates, extracted before the day had ended', list(facts.provisionalDates)],
    ['Dates made with other settings', list(facts.settingsDifferDates)],
    ...(withheld ? [withheldLine('a date', withheld)] : []),
    ...(comparison ? comparisonLines(comparison, withheld) : []),
    ['Time zone', timeZone],
    ['Made by', `User Activity ETL for Moodle ${systemVersion()}`],
  ];
}

/** A line if the file may lack rows. */
function rowsLine({
  filter = 'all',
  q,
  offset = 0,
  cursor,
  limit = Number.POSITIVE_INFINITY,
}: AskedRows): AboutLine[] {
  const limits = [
    filter !== 'all' && `filter ${filter}`,
    q !== undefined && `name, short name or idnumber contains “${q}”`,
    offset > 0 && `without the first ${offset}`,
    cursor !== undefined && 'without those of the pages before',
    Number.isFinite(limit) && `at most ${limit}`,
  ].filter((text) => text !== false);
  return limits.length === 0 ? [] : [['Rows', limits.join('; ')]];
}

function categories(scope: FileFacts['scope']): AboutLine[] {
  if (scope === null) return [['Categories', 'all']];
  if (scope.length === 0) return [['Categories', 'none']];
  return scope.map(({ name, idnumber }) => ['Categories', idnumber ? `${name} (${idnumber})` : name]);
}

function withheldLine(
  when: 'a date' | 'a compared date',
  { courses, below }: NonNullable<FileFacts['withheld']>,
): AboutLine {
  return [`Courses withheld on ${when} with fewer than ${below} students`, String(courses)];
}

/** Lines if something is compared. */
function comparisonLines(
  { compared, comparedMissingDates, comparedWithheld }: FileComparison,
  withheld: FileFacts['withheld'],
): AboutLine[] {
  if (!compared) return [];
  return [
    ['Compared with', datesOf(compared)],
    ...(comparedMissingDates.length === 0
      ? []
      : [['Missing dates, not in the compared figures', list(comparedMissingDates)] as const]),
    ...(withheld
      ? [withheldLine('a compared date', { courses: comparedWithheld.courses.size, below: withheld.below })]
      : []),
  ];
}

function datesOf({ from, to }: DateRange): string {
  return from === to ? from : `${from} to ${to}`;
}

function list(dates: readonly string[]): string {
  return dates.length === 0 ? 'none' : dates.join(', ');
}
