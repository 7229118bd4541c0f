import type { useAddress } from './address.ts';

interface Named {
  moodle_course_id: number | string;
  course_name: string | null;
  course_shortname: string | null;
}

/** The name of a course in a list: a link to its page. A list of many gives each the same `hrefTo`. */
export function CourseName({
  course,
  hrefTo,
}: Pick<ReturnType<typeof useAddress>, 'hrefTo'> & { course: Named }) {
  return (
    <>
      <a href={hrefTo(`/courses/${course.moodle_course_id}`)}>
        {course.course_name ?? course.moodle_course_id}
      </a>{' '}
      <small>{course.course_shortname}</small>
    </>
  );
}
