import type { NotCountedCourse } from '../../api/types.ts';
import { useAddress } from '../../shell/address.ts';
import { CourseName } from '../../shell/course-name.tsx';
import { useExplainWords } from '../../words/explain/index.ts';

/** Courses that match a search and have no figures of the newest date, each with the reason. */
export function NotCounted({ courses }: { courses: readonly NotCountedCourse[] }) {
  const { explain, formats } = useExplainWords();
  const { hrefTo } = useAddress();
  return (
    <section class="not-counted">
      <h3>{explain.leftOutCourses(courses.length, formats.count(courses.length))}</h3>
      <ul>
        {courses.map((course) => {
          const { moodle_course_id: id, reason, extraction_date: date, last_date: last } = course;
          return (
            <li key={id}>
              {last === null ? (
                // A course without a row has no page.
                <>
                  <strong>{course.course_name ?? id}</strong> <small>{course.course_shortname}</small>
                </>
              ) : (
                <CourseName course={course} hrefTo={hrefTo} />
              )}
              <br />
              {explain.notCountedOn(formats.date(date), explain.notCounted[reason])}{' '}
              {last === null ? explain.neverCounted : explain.lastRow(formats.date(last))}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
