import { clockTime, countDates, VIEW_KINDS, type ViewCounts } from '@etl/core';
import { sql } from 'kysely';
import { findIndex, requirePlan, timeIndex } from './indexes.ts';
import { literalId, type MoodleId, read, type Source, table } from './source.ts';

/**
 * The counts of the documentation's own SQL. Runs count with other statements (`activity-counts.ts`), which a proof and
 * a recount compare with these: the two share no code but the list of kinds.
 */
export interface DocumentedCounts extends ViewCounts {
  courseid: MoodleId;
  /** The times of the course's first and last view, in epoch seconds. */
  first_view: number;
  last_view: number;
}

/** A span of seconds, both included. */
export interface Span {
  from: number;
  to: number;
}

const COUNTS = VIEW_KINDS.map(
  ({ column, component }) => `COUNT(CASE WHEN component = '${component}' THEN 1 END) AS ${column}`,
).join(', ');

/** The views of each course in a span of time. Throws ScanRefused. */
export async function documentedCounts(
  source: Source,
  { from, to }: Span,
  signal: AbortSignal,
): Promise<DocumentedCounts[]> {
  const index = await timeIndex(source, signal);
  const statement = sql<DocumentedCounts>`
    SELECT courseid, ${sql.raw(COUNTS)}, MIN(timecreated) AS first_view, MAX(timecreated) AS last_view
    FROM ${table(source, 'logstore_standard_log')} FORCE INDEX (${sql.ref(index)})
    WHERE contextlevel = 70 AND action = 'viewed' AND timecreated BETWEEN ${from} AND ${to} AND courseid <> 0
    GROUP BY courseid`;
  await requirePlan(source, index, statement, signal);
  return read(source, statement, signal);
}

/** The views of one course in a span of time. Undefined if it has none. Throws ScanRefused. */
export async function documentedCountsOf(
  source: Source,
  course: MoodleId,
  { from, to }: Span,
  signal: AbortSignal,
): Promise<DocumentedCounts | undefined> {
  const byTime = await timeIndex(source, signal);
  const byCourse = await findIndex(source, 'logstore_standard_log', ['courseid'], signal);
  // The server takes the one that has fewer entries of the span, or of the course.
  const indexes = byCourse === undefined ? [byTime] : [byTime, byCourse];
  const statement = sql<DocumentedCounts>`
    SELECT courseid, ${sql.raw(COUNTS)}, MIN(timecreated) AS first_view, MAX(timecreated) AS last_view
    FROM ${table(source, 'logstore_standard_log')} FORCE INDEX (${sql.join(indexes.map((name) => sql.ref(name)))})
    WHERE contextlevel = 70 AND action = 'viewed' AND timecreated BETWEEN ${from} AND ${to}
      AND courseid = ${literalId(course)}
    GROUP BY courseid`;
  await requirePlan(source, indexes, statement, signal);
  return (await read(source, statement, signal))[0];
}

/** The documented `ActiveDays`: DATEDIFF of the dates of the last and the first view, in a time zone, plus 1. */
export function documentedActiveDays(
  { first_view, last_view }: Pick<DocumentedCounts, 'first_view' | 'last_view'>,
  timeZone: string,
): number {
  const dateOf = (seconds: number) => clockTime(new Date(seconds * 1000), timeZone).slice(0, 10);
  return countDates(dateOf(first_view), dateOf(last_view));
}

/** The number of log rows in a span of time, from the index on `timecreated` alone. Throws ScanRefused. */
export async function countLogRows(source: Source, { from, to }: Span, signal: AbortSignal): Promise<number> {
  const index = await timeIndex(source, signal);
  const statement = sql<{ rows_found: number }>`
    SELECT COUNT(*) AS rows_found FROM ${table(source, 'logstore_standard_log')} FORCE INDEX (${sql.ref(index)})
    WHERE timecreated BETWEEN ${from} AND ${to}`;
  await requirePlan(source, index, statement, signal);
  return (await read(source, statement, signal))[0]?.rows_found ?? 0;
}
