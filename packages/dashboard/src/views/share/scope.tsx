import type { Me } from '../../api/types.ts';
import { categoryKey, useAddress } from '../../shell/address.ts';
import { useWithheld } from '../../shell/withheld.ts';
import { useWords } from '../../words/language.tsx';

/** What the reader may read: files have the same limits as pages. */
export function Scope({ me }: { me: Me }) {
  const { share, common } = useWords();
  const { hrefTo } = useAddress();
  const withheld = useWithheld();
  return (
    <section class="panel" aria-labelledby="scope">
      <header>
        <div>
          <h2 id="scope">{share.scope}</h2>
          <p class="about">{common.signedInAs(me.username)}</p>
        </div>
      </header>
      {me.scope === null ? (
        <p>{share.administrator}</p>
      ) : (
        <>
          <p>{share.viewer}</p>
          <ul>
            {me.scope.map((category) => (
              <li key={category.id}>
                <a href={hrefTo('/explore', { category: categoryKey(category) })}>{category.name}</a>
              </li>
            ))}
          </ul>
          {withheld && <p>{withheld}</p>}
        </>
      )}
    </section>
  );
}
