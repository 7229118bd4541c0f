import type { ComponentChildren, JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useWords } from '../words/language.tsx';

/** The part of a query's result that a panel shows. */
export interface Result<Data> {
  data: Data | undefined;
  error: Error | null;
  isFetching: boolean;
  isPlaceholderData?: boolean;
  refetch(): unknown;
}

interface PanelProps<Data> {
  title: string;
  /** Unit, zone and moment of the figures. */
  about?: ComponentChildren;
  result: Result<Data>;
  /** The height in rows of 1.5rem that the panel has before its figures are there, so that nothing moves. */
  rows?: number;
  isEmpty?(data: Data): boolean;
  empty?: ComponentChildren;
  tools?: ComponentChildren;
  wide?: boolean;
  /** It may become much higher or lower: what is below it appears with its figures. */
  isList?: boolean;
  /** What the panel shows. With `table` as well, a button changes between the two. */
  children(data: Data): ComponentChildren;
  table?: ((data: Data) => ComponentChildren) | undefined;
}

/** A part of a view with its own query: if it fails, the other panels stay. */
export function Panel<Data>(props: PanelProps<Data>): JSX.Element {
  const { title, about, result, rows = 8, isEmpty, empty, tools, wide, isList, children, table } = props;
  const words = useWords().common.panel;
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const { data, error, isFetching } = result;
  const nothing = data !== undefined && (isEmpty?.(data) ?? false);
  return (
    <section
      class={`panel${wide ? ' wide' : ''}${isList ? ' list' : ''}`}
      aria-labelledby={id}
      aria-busy={isFetching}
      style={{ '--rows': rows }}
    >
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          {about && <p class="about">{about}</p>}
        </div>
        {tools}
        {table && (
          <button
            type="button"
            class="quiet"
            // Its place is kept until there are figures, so that nothing moves.
            style={{ visibility: data !== undefined && !nothing ? 'visible' : 'hidden' }}
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? words.chart : words.table}
          </button>
        )}
      </header>
      {error && <Failure error={error} hasOldFigures={data !== undefined} retry={result.refetch} />}
      {data === undefined && !error && <Waiting text={words.loading} />}
      {nothing && <p class="empty">{empty ?? words.nothing}</p>}
      {data !== undefined && !nothing && (
        <div class={result.isPlaceholderData ? 'old' : undefined}>
          {asTable && table ? table(data) : children(data)}
        </div>
      )}
    </section>
  );
}

function Waiting({ text }: { text: string }) {
  return (
    <p class="waiting" role="status">
      <span class="unseen">{text}</span>
    </p>
  );
}

/** What failed, the code and the request for the administrator, and a button that asks again. */
export function Failure(props: { error: Error; hasOldFigures?: boolean; retry?: () => unknown }) {
  const { error, hasOldFigures, retry } = props;
  const words = useWords();
  const known = error instanceof ApiError ? error : undefined;
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{words.common.panel.failed}</strong> {known ? words.errors[known.code] : error.message}{' '}
        {hasOldFigures && words.common.panel.stale}
      </p>
      {known && (
        <p class="about">
          <code>{known.code}</code>
          {known.requestId && <> · {words.common.panel.request(known.requestId)}</>}
        </p>
      )}
      {retry && (
        <button type="button" onClick={() => void retry()}>
          {words.common.panel.retry}
        </button>
      )}
    </div>
  );
}
