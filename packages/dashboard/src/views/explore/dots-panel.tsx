import { useCallback } from 'preact/hooks';
import type { CategoryChild } from '../../api/types.ts';
import { type ComparedItem, changesTable } from '../../charts/bars/table.ts';
import type { Look } from '../../charts/chart.ts';
import { Picture } from '../../charts/picture.tsx';
import { Twin } from '../../charts/twin.tsx';
import { useAbout } from '../../shell/about.ts';
import { Panel, type Result } from '../../shell/panel.tsx';
import type { Words } from '../../words/en.ts';
import { useLanguage } from '../../words/language.tsx';
import type { Children } from './categories-panel.tsx';
import { partName } from './part-name.ts';

const METRIC = 'avg_activity_per_student_per_day';

/** Views per student and day of each child. Totals would only rank the children by size. */
export function DotsPanel({ result }: { result: Result<Children> }) {
  const { words, formats } = useLanguage();
  const title = words.explore.dots;
  const metric = words.figures.metrics[METRIC];
  const names = { item: words.home.category, figure: metric };
  return (
    <Panel
      title={title}
      about={useAbout(metric, { ...result.data, compared_from: null })}
      result={result}
      rows={14}
      isEmpty={({ data }) => data.every((part) => part[METRIC] === null)}
      table={({ data }) => (
        <Twin table={changesTable(itemsOf(data, words), names, { words, formats })} caption={title} />
      )}
    >
      {({ data }) => <Dots parts={data} label={title} />}
    </Panel>
  );
}

function Dots({ parts, label }: { parts: readonly CategoryChild[]; label: string }) {
  const { words } = useLanguage();
  const draw = useCallback(
    (pictures: typeof import('../../charts/pictures.ts'), look: Look) =>
      pictures.drawDots(itemsOf(parts, words), words.figures.metrics[METRIC], look),
    [parts, words],
  );
  return <Picture draw={draw} height={parts.length * 30 + 40} label={label} />;
}

function itemsOf(parts: readonly CategoryChild[], words: Words): ComparedItem[] {
  return parts.map((part) => ({
    key: `${part.id} ${part.is_parent}`,
    name: partName(part, words),
    value: part[METRIC],
    compared: null,
    change: null,
  }));
}
