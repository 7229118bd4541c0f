import { useCategories, useMe } from '../../api/queries.ts';
import type { CategoryChild } from '../../api/types.ts';
import { categoryKey, rangeOf, useAddress, useShown } from '../../shell/address.ts';
import { Change } from '../../shell/change.tsx';
import { Panel } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';

const MOST = 12;

/** The children of the root, or of the reader's scope, by how much their views changed. */
export function Children() {
  const { words, formats } = useLanguage();
  const result = useCategories(rangeOf(useShown()));
  const me = useMe().data;
  const whose = me?.scope?.map(({ name }) => name).join(', ') ?? words.common.everything;
  const { data } = result;
  const about =
    data?.compared_from && data.compared_to
      ? words.common.compare.with(formats.range(data.compared_from, data.compared_to))
      : undefined;
  return (
    <Panel
      title={words.home.children(whose)}
      about={about}
      result={result}
      rows={MOST}
      isEmpty={({ data }) => data.length === 0}
    >
      {({ data }) => <ChildrenTable children={data.toSorted(byChange).slice(0, MOST)} />}
    </Panel>
  );
}

/** The greatest fall first; what cannot be compared comes last. */
function byChange(a: CategoryChild, b: CategoryChild): number {
  return (a.change ?? Number.POSITIVE_INFINITY) - (b.change ?? Number.POSITIVE_INFINITY);
}

function ChildrenTable({ children }: { children: readonly CategoryChild[] }) {
  const { words, formats } = useLanguage();
  const { hrefTo } = useAddress();
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
        {children.map((child) => (
          <tr key={`${child.id} ${child.is_parent}`}>
            <th scope="row">
              {child.id === null ? (
                words.explore.gone
              ) : (
                <a href={hrefTo('/explore', { category: categoryKey(child) })}>{child.name}</a>
              )}
            </th>
            <td class="number">{formats.count(child.total_views)}</td>
            <td class="number">
              <Change value={child.change} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
