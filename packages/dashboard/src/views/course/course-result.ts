import type { useCourse } from '../../api/course-query.ts';

export type CourseResult = ReturnType<typeof useCourse>;
