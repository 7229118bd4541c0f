import type { SchedulerRow } from '../../api/types.ts';
import { clockSeconds } from '../../charts/gantt/duration.ts';
import { useLanguage } from '../../words/language.tsx';
import { type Run, wordOf } from './runs-of.ts';

/** The clocks of the gateway and of the database may differ by less than this. */
const CLOCKS_DIFFER_SECONDS = 10;

/** Whether the lease of a batch in progress has ended: its worker has stopped, and no other has taken it over. */
export function isSilent(row: Pick<SchedulerRow, 'status' | 'lease_until'>, answeredAt: string): boolean {
  if (wordOf(row) !== 'running' || row.lease_until === null) return false;
  return clockSeconds(answeredAt) - clockSeconds(row.lease_until) > CLOCKS_DIFFER_SECONDS;
}

/** Batches whose worker has stopped. */
export function SilentWorkers({ run, answeredAt }: { run: Run; answeredAt: string }) {
  const { words } = useLanguage();
  const silent = run.batches.filter((row) => isSilent(row, answeredAt));
  if (silent.length === 0) return null;
  return (
    <p class="attention" role="status">
      {silent.map(({ batch_name }) => words.runs.silent(words.charts.batches[batch_name])).join(' ')}
    </p>
  );
}
