import { ApiError } from '../api/client.ts';
import { useWords } from '../words/language.tsx';

/** Why an action was not done, and its code and request for the administrator. */
export function Refused({ error }: { error: Error }) {
  const { runs, errors, common } = useWords();
  const known = error instanceof ApiError ? error : undefined;
  // The page sends no wrong values: what they are about is no longer what the page shows.
  const why = known?.code === 'INVALID_REQUEST' ? runs.changed : known && errors[known.code];
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{runs.refused}</strong> {why ?? error.message}
      </p>
      {known && (
        <p class="about">
          <code>{known.code}</code>
          {known.requestId && <> · {common.panel.request(known.requestId)}</>}
        </p>
      )}
    </div>
  );
}
