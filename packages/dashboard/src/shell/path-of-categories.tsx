import type { Me } from '../api/types.ts';
import { useWords } from '../words/language.tsx';
import { categoryKey, useAddress } from './address.ts';

interface Category {
  id: number | string;
  idnumber: string | null;
  name: string;
}

/** The categories above the one that is shown. Those above the reader's scope are no links. */
export function PathOfCategories({
  path,
  me,
  isBelowTop,
  view = '/explore',
}: {
  path: readonly Category[];
  me: Me | undefined;
  /** A category was chosen. */
  isBelowTop: boolean;
  /** Where the links lead, below `BASE`. */
  view?: string;
}) {
  const { explore, common } = useWords();
  const { hrefTo } = useAddress();
  const roots = me?.scope?.map(({ id }) => String(id));
  const first = roots ? path.findIndex(({ id }) => roots.includes(String(id))) : 0;
  const above = path.slice(0, -1);
  return (
    <nav class="path" aria-label={explore.path}>
      <ol>
        {isBelowTop && (
          <li>
            <a href={hrefTo(view)}>{roots ? explore.title : common.everything}</a>
          </li>
        )}
        {above.map((category, index) => (
          <li key={category.id}>
            {index >= first ? (
              <a href={hrefTo(view, { category: categoryKey(category) })}>{category.name}</a>
            ) : (
              category.name
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
