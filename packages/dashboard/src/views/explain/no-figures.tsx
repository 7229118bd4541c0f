import { type CellOf, useCell } from '../../api/explain-queries.ts';
import { useAddress } from '../../shell/address.ts';
import { useExplainWords } from '../../words/explain/index.ts';

/** Below a line that ends at nothing: why the course is not counted on that date. A course without views has no note. */
export function NotCountedNote({ cell }: { cell: CellOf }) {
  const { data } = useCell(cell);
  if (!data?.not_counted) return null;
  return (
    <p class="attention not-counted-note">
      <span>
        <NoFigures cell={cell} />
      </span>
    </p>
  );
}

/** Says in place of a line why it has no point: as the explanation of its newest date does. */
export function NoFigures({ cell }: { cell: CellOf }) {
  const { explain, words, formats } = useExplainWords();
  const { hrefWith } = useAddress();
  const { data } = useCell(cell);
  if (!data) return words.common.panel.nothing;
  const { extraction_date: date, not_counted: notCounted } = data;
  const link = <a href={hrefWith({ explain: date })}>{explain.openLink(formats.date(date))}</a>;
  if (!notCounted)
    return (
      <>
        {explain.countedWithoutValue} {explain.definitions[cell.metric]} {link}
      </>
    );
  const { reason, last_date: last } = notCounted;
  return (
    <>
      {explain.notCountedOn(formats.date(date), explain.notCounted[reason])}{' '}
      {last === null ? explain.neverCounted : explain.lastRow(formats.date(last))} {link}
    </>
  );
}
