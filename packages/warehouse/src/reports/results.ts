import { EtlError } from '@etl/core';
import { madeWithOtherSettings, storedSettings } from '../figure-settings.ts';
import { completedRow } from '../log-scheduler/newest-completed.ts';
import type { Scope } from '../scope.ts';
import { countUserActivity } from '../user-activity.ts';
import type { Warehouse } from '../warehouse.ts';
import { type DateLedger, ledgerIn } from './ledger.ts';
import { localTime } from './local-time.ts';
import { withheldCourses } from './withheld-courses.ts';

/** What an answer says about the merged rows of a date. */
export interface ResultsFacts {
  /** Rows within the scope. */
  count: number;
  /** Courses whose rows are withheld from the reader. */
  withheld_courses: number;
  provisional: boolean;
  settings_differ: boolean;
  /** When the enrolments were counted. */
  user_counts_as_of: string | null;
  /** Where each log row of the day is, of all courses. */
  ledger: DateLedger;
  extraction_date: string;
}

/** The facts about a date's rows, on the snapshot from which the rows come. Throws NOT_FOUND if it never completed. */
export async function resultsFacts(
  snapshot: Warehouse,
  scope: Scope,
  date: string,
  timeZone: string,
): Promise<ResultsFacts> {
  const merged = await completedRow(snapshot, 'main_etl', date);
  if (!merged) throw new EtlError('NOT_FOUND', `No run of ${date} has completed`);
  const stored = await storedSettings(snapshot);
  return {
    count: await countUserActivity(snapshot, scope, date),
    withheld_courses: await withheldCourses({ snapshot, scope, from: date, to: date }),
    provisional: merged.details.provisional ?? false,
    settings_differ: madeWithOtherSettings(merged.details, stored),
    user_counts_as_of: localTime(merged.details.user_counts_as_of, timeZone),
    ledger: ledgerIn(merged.details),
    extraction_date: date,
  };
}
