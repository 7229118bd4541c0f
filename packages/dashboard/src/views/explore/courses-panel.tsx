import { useLocation } from 'preact-iso/router';
import { useCourses } from '../../api/queries.ts';
import type { CourseFilter, CourseSort } from '../../api/types.ts';
import { rangeOf, useAddress, useShown } from '../../shell/address.ts';
import { Panel } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';
import { CourseTable } from './course-table.tsx';

const FILTERS: readonly CourseFilter[] = ['all', 'silent', 'new', 'falling', 'rising'];
const SORTS: readonly CourseSort[] = [
  'name',
  'total_views',
  'change',
  'avg_activity_per_student_per_day',
  'num_students',
  'last_active',
];
const PAGE = 50;

/** Courses below the category, or of everything: searched, filtered and sorted by the address. */
export function CoursesPanel({ category }: { category: string | undefined }) {
  const { words, formats } = useLanguage();
  const { query } = useLocation();
  const { hrefWith } = useAddress();
  const filter = FILTERS.find((known) => known === query.filter) ?? 'all';
  const sort = SORTS.find((known) => known === query.sort) ?? 'total_views';
  const order = query.order === 'asc' || query.order === 'desc' ? query.order : undefined;
  const courses = useCourses({
    ...rangeOf(useShown()),
    filter,
    sort,
    limit: PAGE,
    ...(category && { category }),
    ...(query.q && { q: query.q }),
    ...(order && { order }),
    ...(query.cursor && { cursor: query.cursor }),
  });
  const { data } = courses;
  const isFiltered = filter !== 'all' || Boolean(query.q);
  return (
    <Panel
      title={words.explore.courses}
      about={data && words.explore.found(words.common.courses(data.count, formats.count(data.count)))}
      result={courses}
      rows={24}
      tools={<Search filter={filter} />}
      isEmpty={({ data }) => data.length === 0}
      empty={isFiltered ? words.explore.none : undefined}
    >
      {({ data, has_next, next_cursor }) => (
        <>
          <div class="scroll">
            <CourseTable courses={data} sort={sort} order={order ?? (sort === 'name' ? 'asc' : 'desc')} />
          </div>
          <p class="pages">
            {query.cursor && <a href={hrefWith({ cursor: undefined })}>{words.explore.first}</a>}
            {has_next && next_cursor && <a href={hrefWith({ cursor: next_cursor })}>{words.explore.next}</a>}
          </p>
        </>
      )}
    </Panel>
  );
}

function Search({ filter }: { filter: CourseFilter }) {
  const { explore } = useLanguage().words;
  const { q = '' } = useLocation().query;
  const { change } = useAddress();
  return (
    <search>
      <form
        class="find"
        key={q}
        onSubmit={(event) => {
          event.preventDefault();
          const text = String(new FormData(event.currentTarget).get('q')).trim();
          change({ q: text || undefined, cursor: undefined });
        }}
      >
        <label>
          <span class="unseen">{explore.search}</span>
          <input type="search" name="q" defaultValue={q} placeholder={explore.searchHint} maxLength={200} />
        </label>
        <button type="submit">{explore.submit}</button>
        <label>
          <span class="unseen">{explore.filter.label}</span>
          <select
            value={filter}
            onChange={({ currentTarget: { value } }) =>
              change({ filter: value === 'all' ? undefined : value, cursor: undefined })
            }
          >
            {FILTERS.map((known) => (
              <option key={known} value={known}>
                {explore.filter[known]}
              </option>
            ))}
          </select>
        </label>
      </form>
    </search>
  );
}
