import type { MoodleId } from '../tables.ts';
import type { UserActivityRow } from '../user-activity.ts';
import { localTime } from './local-time.ts';

/** A row of the merged table as the API shows it. Its fields keep the order of the row's columns. */
export type PresentedUserActivity = ReturnType<PresentUserActivity>;
export type PresentUserActivity = ReturnType<typeof userActivityPresenter>;

/** What presents rows with their times on the clocks of a zone. */
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

/** Rows that the PHP system has left do not know it: a negative number tells their courses apart. */
export function moodleCourseId(id: MoodleId): MoodleId | null {
  return Number(id) < 0 ? null : id;
}

/** The rows of a load share their times: calculating each anew takes longer than all the rest. */
function rememberingLast<Result>(calculate: (text: string) => Result): (text: string) => Result {
  let last: { text: string; result: Result } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, result: calculate(text) };
    return last.result;
  };
}
