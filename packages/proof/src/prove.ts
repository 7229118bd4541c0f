import type { RoleIds } from '@etl/moodle';
import type { Warehouse } from '@etl/warehouse';
import { type Change, changes, type Difference, differences, PROVED } from './compare.ts';
import { logRowsOf, moodleCounts, moodleCourses, type OnPage, type SlowReader } from './moodle-day.ts';
import { purged, requireSameMerge, type StoredDate, storedDate } from './stored-date.ts';

/** The result of a proof. Its fields are the keys of `prove --json`. */
export interface Proof {
  extraction_date: string;
  time_zone: string;
  run_id: string;
  courses: number;
  counts: number;
  differences: Difference[];
  /** Not part of the proof: Moodle has it only as it is now. */
  changed_since: Change[];
  /** Log rows of the day: as the run read them, and now. Null if an older version extracted the date. */
  log_rows: { read: number | null; now: number };
}

/**
 * Compares the counts of a date with those that the documented SQL gives on Moodle's database. It shares no statement
 * with the extraction. Throws NOT_FOUND, INVALID_REQUEST or SOURCE_PURGED if the date cannot be proved.
 */
export async function prove(
  { warehouse, roles, ...reader }: ProofContext,
  date: string,
  onPage: OnPage,
): Promise<Proof> {
  const stored = await storedDate(warehouse, date);
  const { day, logRows } = stored;
  const now = await logRowsOf(reader, day);
  requireAll(stored, now);
  const { courses, differing } = differences(stored, await moodleCounts(reader, day, now, onPage));
  const current = await moodleCourses(reader, stored.roles ?? roles);
  await requireSameMerge(warehouse, stored);
  // The clean-up can begin while the log is read: what it deletes is no difference.
  const left = await logRowsOf(reader, day);
  requireAll(stored, left);
  return {
    extraction_date: date,
    time_zone: day.timeZone,
    run_id: stored.runId,
    courses,
    counts: courses * PROVED.length,
    differences: differing,
    changed_since: changes(stored, current),
    log_rows: { read: logRows ?? null, now: left },
  };
}

/** Throws SOURCE_PURGED if the log has fewer rows of the day than the run read. */
function requireAll({ day, logRows: read }: StoredDate, now: number): void {
  if (read !== undefined && now < read) throw purged(day.date, { now, read });
}

export interface ProofContext extends SlowReader {
  warehouse: Warehouse;
  /** The roles of this process, for a date that does not say which ones were counted. */
  roles: RoleIds;
}
