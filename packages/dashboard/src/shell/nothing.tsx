import type { Me } from '../api/types.ts';
import { useWords } from '../words/language.tsx';

/** In place of a view: no run has finished yet, or the reader's scope has no category. */
export function Nothing({ me }: { me: Me }) {
  const { noScope, noRuns } = useWords().common;
  if (me.scope?.length === 0)
    return (
      <div class="message">
        <h1>{noScope.title}</h1>
        <p>{noScope.text}</p>
      </div>
    );
  return (
    <div class="message">
      <h1>{noRuns.title}</h1>
      {me.role === 'administrator' ? (
        <>
          <p>{noRuns.text}</p>
          <pre>
            <code>{noRuns.command}</code>
          </pre>
        </>
      ) : (
        <p>{noRuns.viewer}</p>
      )}
    </div>
  );
}
