import { useRef } from 'preact/hooks';
import { useRunAction } from '../../api/run-queries.ts';
import type { DayReport } from '../../api/types.ts';
import { Twin } from '../../charts/twin.tsx';
import { Refused } from '../../shell/refused.tsx';
import { useLanguage } from '../../words/language.tsx';
import { effectOf } from './effect.ts';
import type { Selection } from './selection.ts';

/** Several selected days: what a backfill would do to each, and the button that starts it. */
export function SeveralDays({ days, selection }: { days: readonly DayReport[]; selection: Selection }) {
  const { words, formats } = useLanguage();
  const { runs } = words;
  const dialog = useRef<HTMLDialogElement>(null);
  const { mutate, isPending, error, data, reset } = useRunAction();
  const { first: from, end: to, count } = selection;
  const range = formats.range(from, to);
  const start = () =>
    mutate({ kind: 'backfill', from, to, force: false }, { onSuccess: () => dialog.current?.close() });
  return (
    <section class="panel" aria-labelledby="several-days">
      <header>
        <div>
          <h2 id="several-days">{runs.selected(count, range)}</h2>
          <p class="about">{runs.previewAbout}</p>
        </div>
      </header>
      <Effects days={days} caption={runs.effect} />
      <div class="actions">
        <button
          type="button"
          class="main"
          onClick={() => {
            reset();
            dialog.current?.showModal();
          }}
        >
          {runs.several(count)} …
        </button>
        <button type="button" onClick={selection.clear}>
          {runs.clear}
        </button>
        {data && (
          <p role="status">
            {runs.queued}{' '}
            {data.skipped.length > 0 &&
              runs.skipped(formats.list(data.skipped.map((skip) => formats.shortDate(skip.extraction_date))))}
          </p>
        )}
      </div>
      <dialog ref={dialog} aria-labelledby="preview-title">
        <h2 id="preview-title">{runs.preview(count)}</h2>
        <p>{range}</p>
        <Summary days={days} />
        <p class="about">{runs.previewAbout}</p>
        {error && <Refused error={error} what={runs.notStarted} changed={runs.changed} />}
        <div class="actions">
          <button type="button" class="main" disabled={isPending} onClick={start}>
            {runs.several(count)}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {runs.keep}
          </button>
        </div>
      </dialog>
    </section>
  );
}

function Effects({ days, caption }: { days: readonly DayReport[]; caption: string }) {
  const { words, formats } = useLanguage();
  const columns = [{ name: words.figures.date }, { name: words.charts.state }, { name: words.runs.effect }];
  const rows = days.map((day) => [
    formats.shortDate(day.extraction_date),
    words.figures.states[day.state],
    words.runs.effects[effectOf(day)],
  ]);
  return <Twin caption={caption} table={{ columns, rows }} />;
}

/** How many days have each effect. */
function Summary({ days }: { days: readonly DayReport[] }) {
  const { words, formats } = useLanguage();
  const groups = [...Map.groupBy(days, effectOf)];
  return (
    <ul>
      {groups.map(([effect, { length }]) => (
        <li key={effect}>
          {words.common.range.days(length, formats.count(length))}: {words.runs.effects[effect]}
        </li>
      ))}
    </ul>
  );
}
