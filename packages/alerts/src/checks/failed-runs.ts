import { createHash } from 'node:crypto';
import {
  type DateRecord,
  dateRecords,
  datesFailedSince,
  type RecordedFailure,
  type Warehouse,
} from '@etl/warehouse';
import type { Alert, Check } from '../alert.ts';

const CAUSE = 'runs:';
const DAY_SECONDS = 86_400;

/** Failures that need no alert: a person caused the first two, and the schedule catches up after the third. */
const EXPECTED: readonly RecordedFailure['code'][] = ['CANCELLED', 'SOURCE_PURGED', 'ETL_WINDOW_EXPIRED'];

/** Checks the dates whose runs failed within the last day, and those that are alerted already. */
export async function failedRunChecks(warehouse: Warehouse, known: readonly Alert[]): Promise<Check[]> {
  const alerted = known.filter(({ cause }) => cause.startsWith(CAUSE));
  const dates = [
    ...(await datesFailedSince(warehouse, DAY_SECONDS)),
    ...alerted.flatMap(({ dates = [] }) => dates),
  ];
  return failureChecks(await dateRecords(warehouse, [...new Set(dates)]), alerted);
}

/**
 * Dates that failed with the same error are one cause. It is resolved when none of these dates has failed with it any
 * more: a newer run completed, was cancelled, or failed with another error. A date whose run is active is undecided:
 * its alert stays as it is.
 */
export function failureChecks(
  records: ReadonlyMap<string, Pick<DateRecord, 'isActive' | 'failures'>>,
  alerted: readonly Pick<Alert, 'cause' | 'dates'>[],
): Check[] {
  const failed = new Map<string, { date: string; why: string }[]>();
  const undecided = new Set<string>();
  for (const [date, { isActive, failures }] of records) {
    // A process of a former version ends rows without a code. The reconciler fills it within a minute.
    const isUndecided = isActive || failures.some(({ code }) => code === 'UNKNOWN');
    if (isUndecided) undecided.add(date);
    const why = failures.find(({ code }) => !EXPECTED.includes(code))?.why;
    if (isUndecided || why === undefined) continue;
    const cause = causeOf(why);
    failed.set(cause, [...(failed.get(cause) ?? []), { date, why }]);
  }
  const firing = [...failed].map(([cause, [first, ...others]]): Check => {
    const { date, why } = first as { date: string; why: string };
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const before = alerted.find((alert) => alert.cause === cause)?.dates ?? [];
    return {
      cause,
      isFiring: true,
      message: `The run of ${date}${more} has failed: ${why}`,
      dates: [
        ...new Set([
          date,
          ...others.map((other) => other.date),
          ...before.filter((other) => undecided.has(other)),
        ]),
      ],
    };
  });
  const resolved = alerted
    .filter(({ cause, dates = [] }) => !failed.has(cause) && !dates.some((date) => undecided.has(date)))
    .map(({ cause }): Check => ({ cause, isFiring: false }));
  return [...firing, ...resolved];
}

/** Errors that differ only in numbers (times, ids, addresses) have the same cause. */
function causeOf(why: string): string {
  return CAUSE + createHash('sha256').update(why.replaceAll(/\d+/g, '#')).digest('hex').slice(0, 12);
}
