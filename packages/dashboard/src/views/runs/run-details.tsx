import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Me, SchedulerRow } from '../../api/types.ts';
import { batchesTable } from '../../charts/gantt/table.ts';
import { Picture } from '../../charts/picture.tsx';
import { Twin } from '../../charts/twin.tsx';
import { clockAfter } from '../../clock.ts';
import { useLanguage } from '../../words/language.tsx';
import { Failures } from './failures.tsx';
import { barsOf, isActive, type Run, wordOf } from './runs-of.ts';
import { SilentWorkers } from './silent-workers.tsx';

const HEIGHT = 154;
const SECOND = 1000;

/** A run: its batches over time, how far they are, and why they failed. */
export function RunDetails({ run, answeredAt, me }: { run: Run; answeredAt: string; me: Me }) {
  const { words, formats } = useLanguage();
  const { charts, runs } = words;
  const now = useServerClock(answeredAt, isActive(run));
  const bars = useMemo(() => barsOf(run), [run]);
  const draw = useCallback<Parameters<typeof Picture>[0]['draw']>(
    ({ drawBatches }, look) => drawBatches(bars, now, look),
    [bars, now],
  );
  const zone = formats.zone(me.time_zone, answeredAt.slice(0, 10));
  const status = charts.statuses[run.status];
  const isAdministrator = me.role === 'administrator';
  const trigger = runs.triggers[run.trigger];
  const started = isAdministrator ? runs.started(trigger, run.by) : trigger;
  return (
    <>
      <h3 class={`run-status ${run.status}`}>{runs.run(status)}</h3>
      <p class="about">{`${started} · ${runs.times(zone)}`}</p>
      <Picture draw={draw} height={HEIGHT} label={`${runs.run(status)}. ${runs.times(zone)}`} />
      {run.batches
        .filter((row) => wordOf(row) === 'running')
        .map((row) => (
          <Progress key={row.batch_name} row={row} />
        ))}
      <SilentWorkers run={run} answeredAt={answeredAt} />
      {isAdministrator && <Failures run={run} />}
      {!isAdministrator && run.status === 'failed' && <p>{runs.forAdministrators}</p>}
      <details>
        <summary>{words.common.panel.table}</summary>
        <Twin caption={runs.times(zone)} table={batchesTable(bars, now, { words, formats })} />
      </details>
    </>
  );
}

/** How far a batch is. Viewers do not see the numbers. */
function Progress({ row }: { row: SchedulerRow }) {
  const { words, formats } = useLanguage();
  const { offset, numrow } = row;
  if (offset === null || numrow === null || numrow === 0) return null;
  const batch = words.charts.batches[row.batch_name];
  return (
    <p class="progress">
      <span>{batch}</span>
      <progress value={offset} max={numrow} aria-label={words.runs.progress(batch)} />
      <span class="number">
        {words.runs.done(formats.count(offset), formats.count(numrow), words.runs.counted[row.batch_name])}
      </span>
    </p>
  );
}

/** The clock of the server, from the time of its answer. It moves each second while `isMoving`. */
function useServerClock(answeredAt: string, isMoving: boolean): string {
  const answer = useMemo(() => ({ answeredAt, received: Date.now() }), [answeredAt]);
  const [moment, setMoment] = useState(Date.now);
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => setMoment(Date.now()), SECOND);
    return () => clearInterval(timer);
  }, [isMoving]);
  return clockAfter(answer.answeredAt, Math.max(0, moment - answer.received));
}
