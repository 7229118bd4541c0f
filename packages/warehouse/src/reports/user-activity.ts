import type { UserActivityRow } from '../user-activity.ts';
import { localTime } from './local-time.ts';

/** A row of the merged table as the API gives it: the documented fields first, in their order. */
export function presentUserActivity(row: UserActivityRow, timeZone: string): object {
  return {
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
    created_at: localTime(row.created_at, timeZone),
    updated_at: localTime(row.updated_at, timeZone),
    moodle_course_id: row.moodle_course_id,
    category_id: row.category_id,
    category_path: row.category_path,
  };
}
