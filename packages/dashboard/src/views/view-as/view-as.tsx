import { useLocation } from 'preact-iso/router';
import { useCategories, useMe } from '../../api/queries.ts';
import type { CategoryChild } from '../../api/types.ts';
import { type Viewer, viewAs } from '../../api/view-as.ts';
import { categoryKey, rangeOf, useAddress, useShown } from '../../shell/address.ts';
import { Nothing } from '../../shell/nothing.tsx';
import { Failure, Panel } from '../../shell/panel.tsx';
import { PathOfCategories } from '../../shell/path-of-categories.tsx';
import { Refused } from '../../shell/refused.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { useLanguage } from '../../words/language.tsx';
import { useViewAsWords } from '../../words/view-as/index.ts';
import { useBeginAnew } from './begin-anew.ts';

/** `/app/view-as?category`: an administrator chooses a category, and then reads what its viewers read. */
export function ViewAs() {
  const { title, about, administrators, stopFirst } = useViewAsWords();
  const me = useMe();
  useTitle(title);
  if (me.error && !me.data) return <Failure error={me.error} retry={me.refetch} />;
  if (!me.data) return null;
  if (me.data.role !== 'administrator')
    return (
      <div class="message">
        <h1>{title}</h1>
        <p>{me.data.view_as ? stopFirst : administrators}</p>
      </div>
    );
  if (me.data.first_date === null) return <Nothing me={me.data} />;
  return (
    <div class="column">
      <h1>{title}</h1>
      <p>{about}</p>
      <Categories />
    </div>
  );
}

/** The categories below the chosen one, each with its button. */
function Categories() {
  const { words } = useLanguage();
  const { none, notBegun } = useViewAsWords();
  const { category } = useLocation().query;
  const me = useMe().data;
  const result = useCategories({ ...rangeOf(useShown()), ...(category && { parent: category }) });
  const { isBusy, error, beginAnew } = useBeginAnew();
  const path = result.data?.path ?? [];
  const partsOf = (data: readonly CategoryChild[]) => data.filter(isCategory);
  return (
    <>
      {category && <PathOfCategories path={path} me={me} isBelowTop view="/view-as" />}
      {error && <Refused error={error} what={notBegun} />}
      <Panel
        title={path.at(-1)?.name ?? words.common.everything}
        result={result}
        isList
        isEmpty={({ data }) => partsOf(data).length === 0}
        empty={none}
      >
        {({ data }) => (
          <CategoryTable
            parts={partsOf(data)}
            // The list is still that of another address.
            isBusy={isBusy || result.isPlaceholderData}
            choose={(part) => {
              const name = categoryKey(part);
              // Not by the path: it is empty below an idnumber that several categories have.
              const viewer: Viewer = category ? { unit: name } : { directorate: name };
              void beginAnew(() => viewAs(viewer));
            }}
          />
        )}
      </Panel>
    </>
  );
}

/** The parent's own courses are no category, nor are rows whose category is gone. */
function isCategory({ id, is_parent: isParent }: CategoryChild): boolean {
  return id !== null && !isParent;
}

interface TableProps {
  parts: readonly CategoryChild[];
  isBusy: boolean;
  choose(part: CategoryChild): void;
}

function CategoryTable({ parts, isBusy, choose }: TableProps) {
  const { words, formats } = useLanguage();
  const { do: label, doOf, reads } = useViewAsWords();
  const { hrefTo } = useAddress();
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">{words.explore.name}</th>
          <th scope="col" class="number">
            {reads}
          </th>
          <td />
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.id}>
            <th scope="row">
              {part.has_children ? (
                <a href={hrefTo('/view-as', { category: categoryKey(part) })}>{part.name}</a>
              ) : (
                part.name
              )}
            </th>
            <td class="number">{words.common.courses(part.courses, formats.count(part.courses))}</td>
            <td class="number">
              <button
                type="button"
                disabled={isBusy}
                aria-label={doOf(part.name ?? '')}
                onClick={() => choose(part)}
              >
                {label}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
