import {
  type CoursePlace,
  dayOf,
  type Recount,
  type RecountedCell,
  type RecountedCount,
  type RecountedMetric,
} from '@etl/core';
import {
  countLogRows,
  documentedActiveDays,
  documentedCountsOf,
  documentedCourse,
  onSourceSnapshot,
  type Source,
} from '@etl/moodle';
import type { Warehouse } from '@etl/warehouse';
import { countsOf, PROVED, placeOf } from './compare.ts';
import { spanOf } from './moodle-day.ts';
import { storedCell } from './stored-cell.ts';

export interface RecountContext {
  warehouse: Warehouse;
  source: Source;
  signal: AbortSignal;
}

/**
 * Counts the rows of one course and date in Moodle again, by the documented SQL, and compares them with the warehouse.
 * Waits for low source load and for a slot. Throws NOT_FOUND if no run of the date has completed, and INVALID_REQUEST if
 * its figures cannot be compared.
 */
export async function recount(
  { warehouse, source, signal }: RecountContext,
  { extraction_date: date, moodle_course_id: course }: RecountedCell,
): Promise<Recount> {
  const stored = await storedCell(warehouse, date, course);
  const day = dayOf(date, stored.timeZone);
  const moodle = await onSourceSnapshot(source, signal, async (snapshot) => ({
    logRows: await countLogRows(snapshot, spanOf(day), signal),
    counted: await documentedCountsOf(snapshot, course, spanOf(day), signal),
    course: await documentedCourse(snapshot, course, signal),
  }));
  const theirs = countsOf(
    moodle.counted && {
      ...moodle.counted,
      active_days: documentedActiveDays(moodle.counted, day.timeZone),
    },
  );
  const counts = Object.fromEntries(
    PROVED.map((metric) => {
      const [warehouse, moodle] = [stored.counts[metric], theirs[metric]];
      return [metric, { warehouse, moodle, difference: moodle - warehouse }];
    }),
  ) as Record<RecountedMetric, RecountedCount>;
  const places = { warehouse: stored.place, moodle: placeOf(moodle.course) };
  const rows = { read: stored.logRows ?? null, now: moodle.logRows };
  const hasLostRows = stored.isPurged || (rows.read !== null && rows.now < rows.read);
  const found = verdict(Object.values(counts), places, rows, hasLostRows);
  return {
    ...found,
    run_id: stored.runId,
    provisional: stored.isProvisional,
    counts,
    course: places,
    log_rows: rows,
    run: found.outcome === 'equal' ? null : runOf(date, found.likely_reason, hasLostRows),
  };
}

function verdict(
  counts: readonly RecountedCount[],
  { warehouse, moodle }: Recount['course'],
  { read, now }: Recount['log_rows'],
  hasLostRows: boolean,
): Pick<Recount, 'outcome' | 'likely_reason'> {
  if (counts.every(({ difference }) => difference === 0)) {
    return isSamePlace(warehouse, moodle)
      ? { outcome: 'equal', likely_reason: null }
      : { outcome: 'differs', likely_reason: 'course_changed' };
  }
  // The log has exactly the rows that the run read, so none came and none went.
  if (now === read && !hasLostRows) return { outcome: 'differs', likely_reason: 'unknown' };
  if (counts.every(({ difference }) => difference >= 0)) {
    return { outcome: 'differs', likely_reason: 'late_rows' };
  }
  return { outcome: hasLostRows ? 'purged' : 'differs', likely_reason: 'clean_up' };
}

/** A course that the merge left out for an unknown reason is in no other place. */
function isSamePlace(warehouse: CoursePlace | null, moodle: CoursePlace): boolean {
  if (warehouse === null) return moodle.row !== 'counted';
  return (
    warehouse.row === moodle.row && (moodle.row !== 'counted' || warehouse.category_id === moodle.category_id)
  );
}

/**
 * A run of a date that has lost log rows must be forced: it replaces the figures by the smaller ones that are left. If
 * only the course has changed, the merge alone is enough. It merges the counts that there are, and reads no log.
 */
function runOf(
  date: string,
  reason: Recount['likely_reason'],
  hasLostRows: boolean,
): NonNullable<Recount['run']> {
  if (hasLostRows && reason === 'course_changed')
    return { command: `etl main_etl ${date}`, call: 'POST run_main_etl', body: { date } };
  return {
    command: `etl pipeline ${date}${hasLostRows ? ' --force' : ''}`,
    call: 'POST run_pipeline',
    body: { date, ...(hasLostRows && { force: true as const }) },
  };
}
