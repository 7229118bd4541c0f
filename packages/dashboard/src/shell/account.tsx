import { useState } from 'preact/hooks';
import { signOut } from '../api/session.ts';
import type { Me } from '../api/types.ts';
import { useWords } from '../words/language.tsx';
import { leave } from './signed-out.ts';

/** Who is signed in, what the person reads, and the way out. */
export function Account({ me }: { me: Me }) {
  const words = useWords();
  const [error, setError] = useState<string>();
  const scope = me.scope?.map(({ name }) => name).join(', ') ?? words.common.everything;
  return (
    <div class="account">
      <span title={words.common.signedInAs(me.username)}>
        {me.username} <small>{scope}</small>
      </span>
      <button
        type="button"
        class="quiet"
        onClick={async () => {
          try {
            await leave(signOut);
          } catch {
            setError(words.errors.UNREACHABLE);
          }
        }}
      >
        {words.common.signOut}
      </button>
      {error && <small role="alert">{error}</small>}
    </div>
  );
}
