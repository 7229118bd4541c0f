import { ApiError } from '../api/client.ts';
import { useWords } from '../words/language.tsx';

interface RefusedProps {
  error: Error;
  /** What has not happened. */
  what: string;
  /** Why the server calls a value wrong. The page sends none: what it is about is no longer what the page shows. */
  changed?: string;
}

/** What an action did not do, why, and its code and request for the administrator. */
export function Refused({ error, what, changed }: RefusedProps) {
  const { errors, common } = useWords();
  const known = error instanceof ApiError ? error : undefined;
  const why = known?.code === 'INVALID_REQUEST' ? changed : known && errors[known.code];
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{what}</strong> {why ?? error.message}
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
