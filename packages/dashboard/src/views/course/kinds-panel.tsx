import { useCallback, useMemo } from 'preact/hooks';
import type { OneCourse, ViewKind } from '../../api/types.ts';
import { viewKinds } from '../../charts/colours.ts';
import { Legend } from '../../charts/legend.tsx';
import { kindsTable } from '../../charts/multiples/table.ts';
import { type Draw, Picture } from '../../charts/picture.tsx';
import { Twin } from '../../charts/twin.tsx';
import type { DayOfKinds } from '../../charts/weeks/by-week.ts';
import { useAbout } from '../../shell/about.ts';
import { Panel } from '../../shell/panel.tsx';
import type { Words } from '../../words/en.ts';
import { useLanguage } from '../../words/language.tsx';
import type { CourseResult } from './course-result.ts';
import { useWithheldDays } from './withheld-days.ts';

const HEIGHT = 260;

/** A small picture for each kind of view, all on one scale. */
export function KindsPanel({ result, name }: { result: CourseResult; name: string }) {
  const { words, formats } = useLanguage();
  const title = words.course.kinds(name);
  const { from, to } = result.data ?? {};
  const withheld = useWithheldDays(result.data);
  const about = useAbout(words.course.kindsAbout, { from, to });
  return (
    <Panel
      wide
      title={title}
      about={about}
      result={result}
      rows={11}
      empty={withheld}
      isEmpty={({ data }) => data.days.every(({ total_views }) => total_views === null)}
      table={({ data }) => (
        <Twin table={kindsTable(byKind(data.days, words), { words, formats })} caption={title} />
      )}
    >
      {({ data }) => <Kinds days={data.days} label={title} />}
    </Panel>
  );
}

function Kinds({ days, label }: { days: OneCourse['days']; label: string }) {
  const { words } = useLanguage();
  const kinds = useMemo(() => byKind(days, words), [days, words]);
  const draw = useCallback<Draw>((pictures, look) => pictures.drawKinds(kinds, look), [kinds]);
  return (
    <>
      <Picture draw={draw} height={HEIGHT} label={label} />
      <Legend
        entries={[]}
        points={days.map(({ extraction_date: date, state }) => ({ from: date, to: date, state }))}
      />
    </>
  );
}

function byKind(days: OneCourse['days'], words: Words): DayOfKinds[] {
  return days.map((day) => {
    const views = Object.fromEntries(viewKinds(words).map((kind) => [kind, day[kind]])) as Record<
      ViewKind,
      number | null
    >;
    return { extraction_date: day.extraction_date, state: day.state, views };
  });
}
