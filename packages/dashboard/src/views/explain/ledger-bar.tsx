import { useCallback } from 'preact/hooks';
import { useLedger } from '../../api/explain-queries.ts';
import type { LedgerOfDate } from '../../api/types.ts';
import { ledgerParts, ledgerTable } from '../../charts/ledger/table.ts';
import { type Draw, Picture } from '../../charts/picture.tsx';
import { Twin } from '../../charts/twin.tsx';
import { Failure } from '../../shell/panel.tsx';
import { useExplainWords } from '../../words/explain/index.ts';

const HEIGHT = 36;

/** Where the log rows of a date are. Its numbers are of the whole institution: administrators see it. */
export function LedgerBar({ date }: { date: string }) {
  const { explain } = useExplainWords();
  const { data, error, refetch } = useLedger(date);
  const [ledger] = data ?? [];
  return (
    <section class="ledger">
      <h3>{explain.ledger}</h3>
      {error && <Failure error={error} hasOldFigures={data !== undefined} retry={() => refetch()} />}
      {ledger && <Bar ledger={ledger} />}
    </section>
  );
}

function Bar({ ledger }: { ledger: LedgerOfDate }) {
  const { explain, formats } = useExplainWords();
  const parts = ledgerParts(ledger, explain);
  const draw = useCallback<Draw>(
    (pictures, look) => pictures.drawLedger(ledgerParts(ledger, explain) ?? [], look),
    [ledger, explain],
  );
  const { read, counted } = ledger;
  if (!parts || read === null || counted === null) return <p>{explain.noLedger}</p>;
  const text = explain.ledgerAbout(
    formats.count(read),
    formats.count(counted),
    formats.count(read - counted),
  );
  return (
    <>
      <p>{text}</p>
      <Picture draw={draw} height={HEIGHT} label={`${explain.ledger}. ${text}`} />
      <ul class="legend">
        {parts
          .filter(({ rows }) => rows > 0)
          .map(({ key, name, rows, sign }) => (
            <li key={key}>
              <span class={`sign ${sign}`} aria-hidden="true" />
              {`${name}: ${formats.count(rows)}`}
            </li>
          ))}
      </ul>
      <LedgerTwin table={ledgerTable(parts, read, { explain, formats })} />
    </>
  );
}

function LedgerTwin({ table }: { table: Parameters<typeof Twin>[0]['table'] }) {
  const { explain, words } = useExplainWords();
  return (
    <details>
      <summary>{words.common.panel.table}</summary>
      <Twin caption={explain.ledger} table={table} />
    </details>
  );
}
