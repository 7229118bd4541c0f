import { addDays, type Day, dayOf, EtlError } from '@etl/core';
import {
  type ActivityCounts,
  activityCountsOf,
  completedRow,
  figureStates,
  isPurged,
  type LogSchedulerRow,
  lastFinalDate,
  onSnapshot,
  type UserActivityRow,
  userActivityPages,
  type Warehouse,
} from '@etl/warehouse';

/** Without a date, one of so many that end at the newest final date is proved. */
const DATES_TO_CHOOSE_FROM = 30;

/** What the warehouse has of a date. */
export interface StoredDate {
  /** The day as its counts were made. */
  day: Day;
  /** The row of the merge in `log_scheduler`, and its run. */
  mergeId: number;
  runId: string;
  roles: { students: readonly number[]; teachers: readonly number[] } | undefined;
  /** How many log rows of the day the run read. Dates of older versions do not say it. */
  logRows: number | undefined;
  /** The merged rows, by Moodle's id of the course. */
  rows: ReadonlyMap<number | string, UserActivityRow>;
  /** The counts of all courses with views, merged or not. */
  counts: ReadonlyMap<number | string, ActivityCounts>;
}

/** A random date of the last month whose figures can be proved. Throws NOT_FOUND if there is none. */
export async function randomDate(warehouse: Warehouse): Promise<string> {
  return onSnapshot(warehouse, async (snapshot) => {
    const to = await lastFinalDate(snapshot);
    const from = to && addDays(to, 1 - DATES_TO_CHOOSE_FROM);
    const { merges, stateOf } =
      from && to ? await figureStates(snapshot, { from, to }, to) : { merges: new Map(), stateOf: () => '' };
    const dates = [...merges]
      .filter(([date, { details }]) => stateOf(date) === 'final' && !details.adopted)
      .map(([date]) => date);
    const date = dates[Math.floor(Math.random() * dates.length)];
    if (date === undefined) throw new EtlError('NOT_FOUND', 'No date of the last month has final figures');
    return date;
  });
}

/** Throws NOT_FOUND, INVALID_REQUEST or SOURCE_PURGED if the date's figures cannot be proved. */
export async function storedDate(warehouse: Warehouse, date: string): Promise<StoredDate> {
  return onSnapshot(warehouse, async (snapshot) => {
    const merge = await completedRow(snapshot, 'main_etl', date);
    if (!merge) throw new EtlError('NOT_FOUND', `No run of ${date} has completed`);
    const { details } = merge;
    if (details.adopted) throw unprovable(date, 'its figures were taken over from the PHP system');
    if (details.provisional) throw unprovable(date, 'its figures are provisional');
    if (await isPurged(snapshot, date)) throw purged(date);
    await requireMergedCounts(snapshot, date, merge);
    const pages = userActivityPages(snapshot, 'everything', date, { limit: Number.POSITIVE_INFINITY });
    const rows = (await Array.fromAsync(pages)).flat();
    const counts = await activityCountsOf(snapshot, date);
    return {
      day: dayOf(date, details.time_zone),
      mergeId: merge.id,
      runId: merge.run_id,
      roles: details.roles,
      logRows: details.log_rows,
      rows: new Map(rows.map((row) => [row.moodle_course_id, row])),
      counts: new Map(counts.map((row) => [row.courseid, row])),
    };
  });
}

/** Throws INVALID_REQUEST if another merge of the date has completed since it was read. */
export async function requireSameMerge(warehouse: Warehouse, { day, mergeId }: StoredDate): Promise<void> {
  const merge = await completedRow(warehouse, 'main_etl', day.date);
  if (merge?.id !== mergeId)
    throw unprovable(day.date, 'it was extracted again during the proof. Start it again');
}

/**
 * Throws INVALID_REQUEST if the activity counts of a date are newer than its merge. Only they have the counts of courses
 * that the merge left out.
 */
export async function requireMergedCounts(
  snapshot: Warehouse,
  date: string,
  { details: { activity_counts_row: merged } }: LogSchedulerRow,
): Promise<void> {
  // Older versions do not say which counts they merged.
  if (merged === undefined) return;
  const newest = await completedRow(snapshot, 'activity_counts', date);
  if (newest?.id === merged) return;
  throw new EtlError(
    'INVALID_REQUEST',
    `The activity counts of ${date} are newer than its figures. Run etl main_etl ${date} first`,
  );
}

function unprovable(date: string, why: string): EtlError {
  return new EtlError('INVALID_REQUEST', `${date} cannot be proved: ${why}`);
}

/** Moodle's clean-up has deleted log rows of the date. */
export function purged(date: string, left?: { now: number; read: number }): EtlError {
  const rows = left ? ` (${left.now} of ${left.read} are left)` : '';
  return new EtlError(
    'SOURCE_PURGED',
    `${date} cannot be proved: Moodle has deleted log rows of the date since it was extracted${rows}`,
  );
}
