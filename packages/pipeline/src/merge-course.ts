import { averageActivity, type CourseReason, perViewKind, totalViews } from '@etl/core';
import type { Category, Course, MoodleId } from '@etl/moodle';
import type { ActivityCounts, LeftOutCourse, UserActivity, UserCounts } from '@etl/warehouse';

/** A category whose courses have merged rows. */
type MergedCategory = Category & { idnumber: string };

/** The category of a course that has a merged row, or the reason why the course has none. */
export function categoryOrReason(
  course: Course,
  categories: ReadonlyMap<MoodleId, Category>,
): MergedCategory | CourseReason {
  if (course.visible !== 1) return 'course_hidden';
  const category = categories.get(course.category);
  if (!category) return 'without_category';
  return category.idnumber === null
    ? 'category_without_idnumber'
    : { ...category, idnumber: category.idnumber };
}

/**
 * The merged row of a course. Counts that are missing are zeros. Without students or active days the average is null.
 */
export function mergeCourse(
  course: Course,
  category: MergedCategory,
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
    other_views: activity ? (activity.other_views ?? null) : 0,
  };
}

/** A course that Moodle has and that gets no merged row. */
export function leaveOutCourse(course: Course, reason: CourseReason, views: number): LeftOutCourse {
  return {
    moodle_course_id: course.id,
    reason,
    views,
    category_id: course.category,
    id_number: course.idnumber,
    course_name: course.fullname,
    course_shortname: course.shortname,
  };
}

/** A course that only the counts have. */
export function leaveOutDeleted(id: MoodleId, views: number): LeftOutCourse {
  const nothing = { category_id: null, id_number: null, course_name: null, course_shortname: null };
  return { moodle_course_id: id, reason: 'course_deleted', views, ...nothing };
}
