import { useRecount } from '../../api/explain-queries.ts';
import type { Metric, Recount as RecountResult } from '../../api/types.ts';
import { Twin } from '../../charts/twin.tsx';
import { useAddress } from '../../shell/address.ts';
import { Refused } from '../../shell/refused.tsx';
import { useExplainWords } from '../../words/explain/index.ts';

/** Lets a worker count the course and date in Moodle again, and compares. */
export function Recount({ date, course }: { date: string; course: string }) {
  const { explain, words } = useExplainWords();
  const { start, recount, error, isBusy } = useRecount({ date, course });
  return (
    <section class="recount" aria-busy={isBusy}>
      <button type="button" aria-disabled={isBusy} onClick={() => !isBusy && start()}>
        {explain.recount}
      </button>
      <p class="about">{explain.recountAbout}</p>
      {/* It is there before its text: then the text is read out. */}
      <div role="status">
        {recount?.state === 'queued' && <p>{explain.queued}</p>}
        {recount?.state === 'running' && <p>{explain.running}</p>}
        {recount?.state === 'failed' && (
          <p>
            {explain.failed} {recount.error}
          </p>
        )}
        {recount?.result && <Result result={recount.result} date={date} />}
      </div>
      {error && <Refused error={error} what={explain.noResult} changed={words.runs.changed} />}
    </section>
  );
}

/** The outcome, the counts that differ, and the run that would replace the figures. */
function Result({ result, date }: { result: RecountResult; date: string }) {
  const { explain, words, formats } = useExplainWords();
  const { hrefTo } = useAddress();
  const { outcome, likely_reason: reason, counts, run } = result;
  const differing = Object.entries(counts).filter(([, { difference }]) => difference !== 0);
  const table = {
    columns: [
      { name: words.figures.metric },
      { name: explain.here, isNumber: true },
      { name: explain.inMoodle, isNumber: true },
      { name: explain.difference, isNumber: true },
    ],
    rows: differing.map(([figure, { warehouse, moodle, difference }]) => [
      words.figures.metrics[figure as Metric],
      formats.count(warehouse),
      formats.count(moodle),
      `${difference > 0 ? '+' : ''}${formats.count(difference)}`,
    ]),
  };
  return (
    <>
      <p>
        <strong>{explain.outcomes[outcome]}</strong>{' '}
        {outcome === 'differs' && reason && explain.likely[reason]}
      </p>
      {differing.length > 0 && <Twin caption={explain.differences} table={table} />}
      {run?.body.force && <p class="attention">{explain.forced}</p>}
      {run && (
        <p>
          {explain.repair} <code>{run.command}</code>
          <br />
          <a href={hrefTo('/runs', { date, until: date })}>{explain.repairLink}</a>
        </p>
      )}
    </>
  );
}
