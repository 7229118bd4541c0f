/** The name of a course in a list. */
export function CourseName({
  course,
}: {
  course: { course_name: string | null; course_shortname: string | null };
}) {
  return (
    <>
      {course.course_name} <small>{course.course_shortname}</small>
    </>
  );
}
