import { systemVersion } from '@etl/core';
import { type FileFacts, localTime } from '@etl/warehouse';

/** A line about a file: what it says, and of what. */
export type AboutLine = readonly [label: string, text: string];

/** What the reader of a file has to know about its figures. Formats that have room for it tell it. */
export function aboutFile(what: string, facts: FileFacts, timeZone: string): AboutLine[] {
  const { from, to, scope, within, withheld } = facts;
  const asOf = localTime(facts.mergedAt, timeZone);
  return [
    ['What', what],
    ['Dates', from === to ? from : `${from} to ${to}`],
    ...categories(scope),
    ...within.map((name): AboutLine => ['Only within', name]),
    [
      'As of',
      asOf === null ? 'no merge of these dates has completed' : `${asOf}, the newest merge of these dates`,
    ],
    ['Missing dates, not in the figures', list(facts.missingDates)],
    ['Provisional dates, extracted before the day had ended', list(facts.provisionalDates)],
    ['Dates made with other settings', list(facts.settingsDifferDates)],
    ...(withheld ? [withheldLine(withheld)] : []),
    ['Time zone', timeZone],
    ['Made by', `User Activity ETL for Moodle ${systemVersion()}`],
  ];
}

function categories(scope: FileFacts['scope']): AboutLine[] {
  if (scope === null) return [['Categories', 'all']];
  if (scope.length === 0) return [['Categories', 'none']];
  return scope.map(({ name, idnumber }) => ['Categories', idnumber ? `${name} (${idnumber})` : name]);
}

function withheldLine({ courses, below }: NonNullable<FileFacts['withheld']>): AboutLine {
  return [`Courses withheld on a date with fewer than ${below} students`, String(courses)];
}

function list(dates: readonly string[]): string {
  return dates.length === 0 ? 'none' : dates.join(', ');
}
