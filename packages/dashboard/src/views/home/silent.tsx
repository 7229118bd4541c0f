import { useCourses } from '../../api/queries.ts';
import { rangeOf, useAddress, useShown } from '../../shell/address.ts';
import { CourseName } from '../../shell/course-name.tsx';
import { Panel } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';

const MOST = 8;

/** Courses that had views before the range and none in it. */
export function Silent() {
  const { words, formats } = useLanguage();
  const { compare: _, ...range } = rangeOf(useShown());
  const { hrefTo } = useAddress();
  const courses = useCourses({ ...range, filter: 'silent', sort: 'num_students', limit: MOST });
  return (
    <Panel
      title={words.home.silent}
      about={words.home.silentAbout}
      result={courses}
      rows={MOST + 2}
      isEmpty={({ data }) => data.length === 0}
      empty={words.home.noSilent}
    >
      {({ data, count }) => (
        <>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">{words.home.course}</th>
                <th scope="col">{words.home.category}</th>
                <th scope="col" class="number">
                  {words.figures.metrics.num_students}
                </th>
              </tr>
            </thead>
            <tbody>
              {data.map((course) => (
                <tr key={course.moodle_course_id}>
                  <th scope="row">
                    <CourseName course={course} hrefTo={hrefTo} />
                  </th>
                  <td>{course.category?.name}</td>
                  <td class="number">{formats.count(course.num_students)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {count > MOST && (
            <p>
              <a href={hrefTo('/explore', { filter: 'silent' })}>
                {words.home.allSilent(words.common.courses(count, formats.count(count)))}
              </a>
            </p>
          )}
        </>
      )}
    </Panel>
  );
}
