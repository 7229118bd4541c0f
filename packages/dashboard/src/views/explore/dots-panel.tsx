import { useCallback } from 'preact/hooks';
import type { CategoryChild } from '../../api/types.ts';
import { type DotRow, dotsTable } from '../../charts/dots/table.ts';
import { type Draw, Picture } from '../../charts/picture.tsx';
import { rowHeight } from '../../charts/row-height.ts';
import { Twin } from '../../charts/twin.tsx';
import { useAbout } from '../../shell/about.ts';
import { useCategoryHref } from '../../shell/address.ts';
import { Panel, type Result } from '../../shell/panel.tsx';
import { partName } from '../../shell/part-name.ts';
import { useLanguage } from '../../words/language.tsx';
import type { Children } from './categories-panel.tsx';

const METRIC = 'avg_activity_per_student_per_day';

/** Views per student and day of each child. Totals would only rank the children by size. */
export function DotsPanel({ result, whose }: { result: Result<Children>; whose: string }) {
  const { words, formats } = useLanguage();
  const hrefOf = useCategoryHref();
  const title = words.explore.dots(whose);
  const metric = words.figures.metrics[METRIC];
  const names = { row: words.home.category, figure: metric };
  const rowsOf = useCallback(
    (parts: readonly CategoryChild[]) =>
      parts.map(
        (part): DotRow => ({
          key: `${part.id} ${part.is_parent}`,
          name: partName(part, words),
          href: hrefOf(part),
          value: part[METRIC],
        }),
      ),
    [words, hrefOf],
  );
  return (
    <Panel
      title={title}
      about={useAbout(words.explore.dotsAbout, { ...result.data, compared_from: null })}
      result={result}
      rows={14}
      isEmpty={({ data }) => data.every((part) => part[METRIC] === null)}
      table={({ data }) => (
        <Twin table={dotsTable(rowsOf(data), names, { words, formats })} caption={title} />
      )}
    >
      {({ data }) => <Dots rows={data} rowsOf={rowsOf} label={title} />}
    </Panel>
  );
}

function Dots(props: {
  rows: readonly CategoryChild[];
  rowsOf(parts: readonly CategoryChild[]): DotRow[];
  label: string;
}) {
  const { rows, rowsOf, label } = props;
  const metric = useLanguage().words.figures.metrics[METRIC];
  const draw = useCallback<Draw>(
    (pictures, look) => pictures.drawDots(rowsOf(rows), metric, look),
    [rows, rowsOf, metric],
  );
  return <Picture draw={draw} height={rows.length * rowHeight(rows.length) + 40} label={label} />;
}
