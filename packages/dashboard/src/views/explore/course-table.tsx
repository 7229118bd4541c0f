import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { CourseSort, ListedCourse } from '../../api/types.ts';
import { numberText, type Spoken } from '../../charts/chart.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { useAddress } from '../../shell/address.ts';
import { Change } from '../../shell/change.tsx';
import { CourseName } from '../../shell/course-name.tsx';
import { useLanguage } from '../../words/language.tsx';

/** The figures of a sparkline in words. */
export function weeklyText(weekly: readonly (number | null)[], spoken: Spoken): string {
  return spoken.words.charts.weekly(weekly.map((views) => numberText(views, spoken)).join(', '));
}

interface Sorting {
  sort: CourseSort;
  order: 'asc' | 'desc';
}

/** A page of courses. A click on a column's name sorts by it; a second one turns the order. */
export function CourseTable({ courses, ...sorting }: Sorting & { courses: readonly ListedCourse[] }) {
  const { words, formats } = useLanguage();
  const { metrics, change, lastActive } = words.figures;
  const { hrefTo } = useAddress();
  // They stay as they are while the figures of another order are on their way.
  const rows = useMemo(
    () =>
      courses.map((course, place) => (
        // Another order gives the rows other texts, and moves none.
        <tr key={place}>
          <th scope="row">
            <CourseName course={course} hrefTo={hrefTo} />
          </th>
          <td class="spare">{course.category?.name}</td>
          <td class="number">{formats.count(course.total_views)}</td>
          <td class="number">
            <Change value={course.change} />
          </td>
          <td class="number">
            {course.avg_activity_per_student_per_day === null
              ? '–'
              : formats.average(course.avg_activity_per_student_per_day)}
          </td>
          <td class="number">{formats.count(course.num_students)}</td>
          <td class="weeks">
            <Sparkline values={course.weekly} label={weeklyText(course.weekly, { words, formats })} />
          </td>
          <td class="number">{course.last_active ? formats.date(course.last_active) : '–'}</td>
        </tr>
      )),
    [courses, words, formats, hrefTo],
  );
  return (
    <table class="plain">
      <thead>
        <tr>
          <Head by="name" {...sorting}>
            {words.home.course}
          </Head>
          <th scope="col" class="spare">
            {words.home.category}
          </th>
          <Head by="total_views" number {...sorting}>
            {metrics.total_views}
          </Head>
          <Head by="change" number {...sorting}>
            {change}
          </Head>
          <Head by="avg_activity_per_student_per_day" number {...sorting}>
            {metrics.avg_activity_per_student_per_day}
          </Head>
          <Head by="num_students" number {...sorting}>
            {metrics.num_students}
          </Head>
          <th scope="col" class="weeks">
            {words.explore.weekly}
          </th>
          <Head by="last_active" number {...sorting}>
            {lastActive}
          </Head>
        </tr>
      </thead>
      <tbody>{rows}</tbody>
    </table>
  );
}

function Head(props: Sorting & { by: CourseSort; number?: boolean; children: ComponentChildren }) {
  const { by, number, sort, order, children } = props;
  const { hrefWith } = useAddress();
  const isSorted = sort === by;
  const usual = by === 'name' ? 'asc' : 'desc';
  const next = isSorted && order === usual ? (usual === 'asc' ? 'desc' : 'asc') : undefined;
  return (
    <th
      scope="col"
      class={number ? 'number' : undefined}
      aria-sort={isSorted ? (order === 'asc' ? 'ascending' : 'descending') : undefined}
    >
      <a href={hrefWith({ sort: by, order: next, cursor: undefined })}>{children}</a>
    </th>
  );
}
