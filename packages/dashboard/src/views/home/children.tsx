import { useCallback } from 'preact/hooks';
import { useCategories } from '../../api/queries.ts';
import type { CategoryChild } from '../../api/types.ts';
import { type Draw, Picture } from '../../charts/picture.tsx';
import { rowHeight } from '../../charts/row-height.ts';
import { useAbout } from '../../shell/about.ts';
import { rangeOf, useAddress, useCategoryHref, useShown } from '../../shell/address.ts';
import { Change } from '../../shell/change.tsx';
import { Panel } from '../../shell/panel.tsx';
import { partName } from '../../shell/part-name.ts';
import { Unlike } from '../../shell/unlike.tsx';
import { useWhose } from '../../shell/whose.ts';
import { useLanguage } from '../../words/language.tsx';
import { useHomeSeries } from './home-series.ts';

/** More bars would be too many to compare: Explore has all. */
const MOST = 12;

/** The courses that fell, the greatest fall first. */
const FALLING = { filter: 'falling', sort: 'change', order: 'asc' };

/** The children of the root, or of the reader's scope, by how much their views changed. */
export function Children() {
  const { words } = useLanguage();
  // Its bars need the library of the charts, which comes last: the other three calls go first.
  const { data: line, error } = useHomeSeries();
  const result = useCategories(rangeOf(useShown()), line !== undefined || error !== null);
  const title = words.home.children(useWhose());
  const about = useAbout(words.figures.metrics.total_views, result.data ?? {});
  const { hrefTo } = useAddress();
  const areCompared = result.data?.data.some(({ change }) => change !== null) ?? false;
  return (
    <Panel
      title={title}
      about={about}
      result={result}
      rows={14}
      isEmpty={({ data }) => data.length === 0}
      table={areCompared ? ({ data }) => <ChildrenTable parts={data} /> : undefined}
    >
      {(answer) => (
        <>
          {areCompared ? (
            <Bars parts={answer.data} label={title} />
          ) : (
            <>
              <Unlike answer={answer} />
              <ChildrenTable parts={answer.data} />
            </>
          )}
          <p>
            <a href={`${hrefTo('/explore', FALLING)}#courses`}>{words.home.falling}</a>
          </p>
        </>
      )}
    </Panel>
  );
}

function Bars({ parts, label }: { parts: readonly CategoryChild[]; label: string }) {
  const { words } = useLanguage();
  const hrefOf = useCategoryHref();
  const draw = useCallback<Draw>(
    (pictures, look) =>
      pictures.drawChanges(
        parts
          .toSorted(byChange)
          .slice(0, MOST)
          .map((part) => ({
            key: `${part.id} ${part.is_parent}`,
            name: partName(part, words),
            href: hrefOf(part),
            change: part.change,
          })),
        look,
      ),
    [parts, words, hrefOf],
  );
  const rows = Math.min(parts.length, MOST);
  return <Picture draw={draw} height={rows * rowHeight(rows) + 12} label={label} />;
}

/** The greatest fall first; what cannot be compared comes last. */
function byChange(a: CategoryChild, b: CategoryChild): number {
  return (a.change ?? Number.POSITIVE_INFINITY) - (b.change ?? Number.POSITIVE_INFINITY);
}

function ChildrenTable({ parts }: { parts: readonly CategoryChild[] }) {
  const { words, formats } = useLanguage();
  const hrefOf = useCategoryHref();
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">{words.home.category}</th>
          <th scope="col" class="number">
            {words.figures.metrics.total_views}
          </th>
          <th scope="col" class="number">
            {words.figures.change}
          </th>
        </tr>
      </thead>
      <tbody>
        {parts.toSorted(byChange).map((part) => (
          <tr key={`${part.id} ${part.is_parent}`}>
            <th scope="row">
              <a href={hrefOf(part)}>{partName(part, words)}</a>
            </th>
            <td class="number">{formats.count(part.total_views)}</td>
            <td class="number">
              <Change value={part.change} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
