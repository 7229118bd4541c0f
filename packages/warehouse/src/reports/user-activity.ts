import type { MoodleId } from '../tables.ts';
import type { UserActivityRow } from '../user-activity.ts';
import { localTime } from './local-time.ts';

/** A row of the merged table as the API gives it: the documented fields first, in their order. */
export type PresentedUserActivity = ReturnType<PresentUserActivity>;
export type PresentUserActivity = ReturnType<typeof userActivityPresenter>;

/** What presents rows with their times on the clocks of a zone. */
export function userActivityPresenter(timeZone: string) {
  const local = rememberingLast((utc: string) => localTime(utc, timeZone));
  return (row: UserActivityRow) => ({
    id: row.id,
    course_id: row.course_id,
    id_number: row.id_number,
    course_name: row.course_name,
    course_shortname: row.course_shortname,
    num_teachers: row.num_teachers,
    num_students: row.num_students,
    file_views: row.file_views,
    video_views: row.video_views,
    forum_views: row.forum_views,
    quiz_views: row.quiz_views,
    assignment_views: row.assignment_views,
    url_views: row.url_views,
    total_views: row.total_views,
    avg_activity_per_student_per_day:
      row.avg_activity_per_student_per_day === null ? null : Number(row.avg_activity_per_student_per_day),
    active_days: row.active_days,
    extraction_date: row.extraction_date,
    created_at: local(row.created_at),
    updated_at: local(row.updated_at),
    moodle_course_id: moodleCourseId(row.moodle_course_id),
    category_id: row.category_id,
    category_path: row.category_path,
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
