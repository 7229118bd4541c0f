import { useLanguage } from '../../words/language.tsx';
import { isSilent, type Run } from './runs-of.ts';

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
