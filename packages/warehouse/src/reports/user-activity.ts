import type { MoodleId } from '../tables.ts';
import type { UserActivityRow } from '../user-activity.ts';
import { localTime } from './local-time.ts';

/** Presents a merged row as the API shows it. Its fields keep the order of the row's columns. */
export type PresentUserActivity = ReturnType<typeof userActivityPresenter>;

/** A function that presents rows with their times in a time zone. */
export function userActivityPresenter(timeZone: string) {
  const local = rememberingLast((utc: string) => localTime(utc, timeZone));
  // A copy: naming each field here is no faster, and the order would stand in two places.
  return (row: UserActivityRow) => ({
    ...row,
    avg_activity_per_student_per_day:
      row.avg_activity_per_student_per_day === null ? null : Number(row.avg_activity_per_student_per_day),
    created_at: local(row.created_at),
    updated_at: local(row.updated_at),
    moodle_course_id: moodleCourseId(row.moodle_course_id),
  });
}

/** Moodle's id of a course. Rows of the PHP system have none: a negative number distinguishes their courses. */
export function moodleCourseId(id: MoodleId): MoodleId | null {
  return Number(id) < 0 ? null : id;
}

/** Remembers the last result. Rows of a load share their times, and calculating a time takes longer than all else. */
function rememberingLast<Result>(calculate: (text: string) => Result): (text: string) => Result {
  let last: { text: string; result: Result } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, result: calculate(text) };
    return last.result;
  };
}
