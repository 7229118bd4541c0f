import { createHash } from 'node:crypto';
import { dateRecords, datesFailedSince, type RecordedFailure, type Warehouse } from '@etl/warehouse';
import type { Alert, Look } from '../alert.ts';

const CAUSE = 'runs:';
const DAY_SECONDS = 86_400;

/** Failures that need no alert: a person knows of them, or the schedule catches up. */
const EXPECTED: readonly RecordedFailure['code'][] = ['CANCELLED', 'SOURCE_PURGED', 'ETL_WINDOW_EXPIRED'];

/**
 * Looks whether runs have failed for good: those of the last day, and those that were alerted of. Dates that fail of the same are one
 * cause, which is over when the newest row of each batch of theirs has ended in another way. Who cancels a run, or asks for a day that the source no longer
 * holds, knows of it; a window that has closed is followed by a run that catches up.
 */
export async function failedRunLooks(warehouse: Warehouse, known: readonly Alert[]): Promise<Look[]> {
  const alerted = known.filter(({ cause }) => cause.startsWith(CAUSE));
  const dates = [
    ...(await datesFailedSince(warehouse, DAY_SECONDS)),
    ...alerted.flatMap(({ dates = [] }) => dates),
  ];
  const records = await dateRecords(warehouse, [...new Set(dates)]);
  const failed = new Map<string, { date: string; why: string }[]>();
  const undecided = new Set<string>();
  for (const [date, { isActive, failures }] of records) {
    // The code of a row that a process of a former version ended is filled within a minute.
    const isUndecided = isActive || failures.some(({ code }) => code === 'UNKNOWN');
    if (isUndecided) undecided.add(date);
    const why = failures.find(({ code }) => !EXPECTED.includes(code))?.why;
    if (isUndecided || why === undefined) continue;
    const cause = causeOf(why);
    failed.set(cause, [...(failed.get(cause) ?? []), { date, why }]);
  }
  const there = [...failed].map(([cause, [first, ...others]]): Look => {
    const { date, why } = first as { date: string; why: string };
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const before = alerted.find((alert) => alert.cause === cause)?.dates ?? [];
    const waiting = before.filter((other) => undecided.has(other));
    return {
      cause,
      isThere: true,
      message: `The run of ${date}${more} has failed: ${why}`,
      dates: [...new Set([date, ...others.map((other) => other.date), ...waiting])],
    };
  });
  const over = alerted
    .filter(({ cause, dates = [] }) => !failed.has(cause) && !dates.some((date) => undecided.has(date)))
    .map(({ cause }): Look => ({ cause, isThere: false }));
  return [...there, ...over];
}

/** The same for errors that differ in numbers only: times, ids, addresses. */
function causeOf(why: string): string {
  return CAUSE + createHash('sha256').update(why.replaceAll(/\d+/g, '#')).digest('hex').slice(0, 12);
}
