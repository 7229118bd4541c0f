import type { Cell } from '../../api/types.ts';
import { numberText } from '../../charts/chart.ts';
import { useExplainWords } from '../../words/explain/index.ts';

/** Former values of a final date, and why a run replaced each of them. */
export function History({ cell: { history, history_complete: isComplete } }: { cell: Cell }) {
  const { explain, words, formats } = useExplainWords();
  return (
    <section>
      <h3>{explain.history}</h3>
      {history.length === 0 && isComplete && <p>{explain.noHistory}</p>}
      {history.length > 0 && (
        <ol reversed>
          {history.map(({ value, run_id, why }) => (
            <li key={run_id}>
              {explain.formerly(
                value === null ? explain.noValue : numberText(value, { words, formats }),
                formats.list(why.map((reason) => explain.why[reason])),
              )}
              <br />
              <small>
                <code>{run_id}</code>
              </small>
            </li>
          ))}
        </ol>
      )}
      {!isComplete && <p>{explain.historyMayLack}</p>}
    </section>
  );
}
