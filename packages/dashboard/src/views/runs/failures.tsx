import { useLanguage } from '../../words/language.tsx';
import { useRemedies } from '../../words/remedies/index.ts';
import type { Run } from './runs-of.ts';

/** Why batches failed: the code, the remedy in words, and the message of the server. */
export function Failures({ run }: { run: Run }) {
  const { words } = useLanguage();
  const remedies = useRemedies();
  const failed = run.batches.flatMap((row) => (row.failure_code ? [{ ...row, code: row.failure_code }] : []));
  if (failed.length === 0) return null;
  return (
    <section class="failures" aria-label={words.runs.failures}>
      <h3>{words.runs.failures}</h3>
      <ul>
        {failed.map(({ batch_name, code, error_details }) => (
          <li key={batch_name}>
            <p>
              <strong>{words.charts.batches[batch_name]}</strong> <code>{code}</code>
            </p>
            <p>{remedies[code]}</p>
            {error_details && (
              <p class="about">
                {words.runs.message}: {error_details}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
