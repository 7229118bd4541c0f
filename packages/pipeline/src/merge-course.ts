import { averageActivity, perViewKind, totalViews } from '@etl/core';
import type { Category, Course } from '@etl/moodle';
import type { ActivityCounts, UserActivity, UserCounts } from '@etl/warehouse';

/**
 * The merged row of a course. Counts that are missing are zeros. Without students or active days the average is null.
 */
export function mergeCourse(
  course: Course,
  category: Category & { idnumber: string },
  activity: ActivityCounts | undefined,
  users: UserCounts | undefined,
): UserActivity {
  const views = perViewKind(({ column }) => activity?.[column] ?? 0);
  const total_views = totalViews(views);
  const num_students = users?.num_students ?? 0;
  const active_days = activity?.active_days ?? 0;
  return {
    moodle_course_id: course.id,
    course_id: category.idnumber,
    id_number: course.idnumber,
    course_name: course.fullname,
    course_shortname: course.shortname,
    category_id: category.id,
    category_path: category.path,
    num_teachers: users?.num_teachers ?? 0,
    num_students,
    ...views,
    total_views,
    avg_activity_per_student_per_day: averageActivity(total_views, num_students, active_days),
    active_days,
  };
}
