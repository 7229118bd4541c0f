import type { Cell } from '../../api/types.ts';
import { numberText } from '../../charts/chart.ts';
import { Twin } from '../../charts/twin.tsx';
import { useExplainWords } from '../../words/explain/index.ts';

/** The rows of Moodle that the figure is made of, by component, and the conditions that count them. */
export function Sources({ cell }: { cell: Cell }) {
  const { explain, words, formats } = useExplainWords();
  const nameOf = (source: Cell['sources'][number]) => {
    if (source.counted === 'people') return explain.enrolled;
    return source.component ?? explain.others;
  };
  const table = {
    columns: [{ name: explain.component }, { name: explain.rows, isNumber: true }],
    rows: cell.sources.map((source) => [
      nameOf(source),
      source.rows === null ? explain.unknown : numberText(source.rows, { words, formats }),
    ]),
  };
  return (
    <section>
      <h3>{explain.sources}</h3>
      <Twin caption={explain.sources} table={table} />
      <details>
        <summary>{explain.conditions}</summary>
        <ul>
          {cell.sources.map((source) => (
            <li key={source.filter}>
              {nameOf(source)}: <code>{`${source.table} WHERE ${source.filter}`}</code>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
