import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { useCategories, useMe } from '../../api/queries.ts';
import { rangeOf, useAddress, useShown } from '../../shell/address.ts';
import { Nothing } from '../../shell/nothing.tsx';
import { Failure } from '../../shell/panel.tsx';
import { PathOfCategories } from '../../shell/path-of-categories.tsx';
import { RangeBar } from '../../shell/range-bar.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { useWhose } from '../../shell/whose.ts';
import { useWords } from '../../words/language.tsx';
import { CategoriesPanel } from './categories-panel.tsx';
import { CategoryFigures } from './category-figures.tsx';
import { CoursesPanel } from './courses-panel.tsx';
import { DotsPanel } from './dots-panel.tsx';
import { WeeksPanel } from './weeks-panel.tsx';

/** `/app/explore?category`: a category, what is in it, and its courses. Without a category, everything. */
export function Explore() {
  const words = useWords();
  const { category, q, filter, sort, order } = useLocation().query;
  const courses = useNamedPart('courses');
  const { hrefTo } = useAddress();
  const me = useMe();
  const result = useCategories({ ...rangeOf(useShown()), ...(category && { parent: category }) });
  const isRefused = result.error !== null && result.data === undefined;
  const whose = useWhose();
  const path = result.data?.path ?? [];
  const name = path.at(-1)?.name ?? words.explore.title;
  useTitle(name);
  if (me.error && !me.data) return <Failure error={me.error} retry={me.refetch} />;
  if (me.data && (me.data.first_date === null || me.data.scope?.length === 0))
    return <Nothing me={me.data} />;
  return (
    <>
      <div>
        <PathOfCategories path={path} me={me.data} isBelowTop={category !== undefined} />
        <div class="heading">
          <h1>{name}</h1>
          <a class="quiet" href={hrefTo('/share', { of: 'listed', category, q, filter, sort, order })}>
            {words.common.share}
          </a>
        </div>
      </div>
      <RangeBar me={me.data} />
      {!isRefused && <CategoryFigures answer={result.data} isOld={result.isPlaceholderData} />}
      <CategoriesPanel result={result} />
      {!isRefused && (
        <div class="panels">
          <DotsPanel result={result} whose={path.at(-1)?.name ?? whose} />
          <WeeksPanel category={category} range={result.data} name={path.at(-1)?.name ?? whose} />
        </div>
      )}
      <div id="courses" tabIndex={-1} ref={courses}>
        <CoursesPanel key={category} category={category} />
      </div>
    </>
  );
}

/** If the address names this part, the view begins there: for the eyes and for the keyboard. */
function useNamedPart(id: string) {
  const part = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (window.location.hash === `#${id}`) part.current?.focus();
  }, [id]);
  return part;
}
