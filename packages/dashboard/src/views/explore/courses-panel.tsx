import { useLocation } from 'preact-iso/router';
import { useCourses } from '../../api/queries.ts';
import type { CourseFilter } from '../../api/types.ts';
import { useAbout } from '../../shell/about.ts';
import { rangeOf, useAddress, useShown } from '../../shell/address.ts';
import { Panel } from '../../shell/panel.tsx';
import { useWithheld } from '../../shell/withheld.ts';
import { useLanguage } from '../../words/language.tsx';
import { Later, NotCounted } from '../explain/lazy.tsx';
import { CourseTable } from './course-table.tsx';
import { FILTERS, useListing } from './listing.ts';

const PAGE = 50;

/** Courses below the category, or of everything: searched, filtered and sorted by the address. */
export function CoursesPanel({ category }: { category: string | undefined }) {
  const { words, formats } = useLanguage();
  const { query } = useLocation();
  const { hrefWith } = useAddress();
  const listing = useListing();
  const { filter, sort, order, q } = listing;
  const courses = useCourses({
    ...rangeOf(useShown()),
    ...listing,
    limit: PAGE,
    ...(category && { category }),
    ...(query.cursor && { cursor: query.cursor }),
  });
  const { data } = courses;
  const found = data && words.explore.found(words.common.courses(data.count, formats.count(data.count)));
  const about = useAbout(found ?? '', data ?? {});
  const withheld = useWithheld(data?.withheld_courses, data?.compared_withheld_courses);
  const isFiltered = filter !== 'all' || q !== undefined;
  return (
    <Panel
      title={words.explore.courses}
      about={data && about}
      result={courses}
      rows={24}
      tools={<Search filter={filter} />}
      isEmpty={({ data, not_counted }) => data.length === 0 && !not_counted?.length}
      empty={[isFiltered ? words.explore.none : words.common.panel.nothing, withheld]
        .filter(Boolean)
        .join(' ')}
    >
      {({ data, has_next, next_cursor, not_counted }) => (
        <>
          {data.length > 0 ? (
            <div class="scroll">
              <CourseTable courses={data} sort={sort} order={order} />
            </div>
          ) : (
            <p class="empty">{words.explore.none}</p>
          )}
          <p class="pages">
            {query.cursor && <a href={hrefWith({ cursor: undefined })}>{words.explore.first}</a>}
            {has_next && next_cursor && <a href={hrefWith({ cursor: next_cursor })}>{words.explore.next}</a>}
          </p>
          {withheld && (
            <p class="about">
              {withheld} {words.explore.notCompared}
            </p>
          )}
          {not_counted && not_counted.length > 0 && (
            <Later>
              <NotCounted courses={not_counted} />
            </Later>
          )}
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
