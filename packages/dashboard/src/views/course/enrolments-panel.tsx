import { useCallback } from 'preact/hooks';
import type { OneCourse } from '../../api/types.ts';
import { Legend } from '../../charts/legend.tsx';
import { type Draw, Picture } from '../../charts/picture.tsx';
import { stepsTable } from '../../charts/steps/table.ts';
import { Twin } from '../../charts/twin.tsx';
import { useAbout } from '../../shell/about.ts';
import { Panel } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';
import type { CourseResult } from './course-result.ts';
import { useWithheldDays } from './withheld-days.ts';

const HEIGHT = 200;

/** The students and teachers of the course, as steps: a count holds until the next one. */
export function EnrolmentsPanel({ result, name }: { result: CourseResult; name: string }) {
  const { words, formats } = useLanguage();
  const title = words.course.enrolments(name);
  const { from, to } = result.data ?? {};
  const withheld = useWithheldDays(result.data);
  const about = useAbout(words.course.enrolmentsAbout, { from, to });
  return (
    <Panel
      wide
      title={title}
      about={about}
      result={result}
      rows={8.5}
      empty={withheld}
      isEmpty={({ data }) => data.days.every(({ num_students }) => num_students === null)}
      table={({ data }) => <Twin table={stepsTable(data.days, { words, formats })} caption={title} />}
    >
      {({ data }) => <Steps days={data.days} label={title} />}
    </Panel>
  );
}

function Steps({ days, label }: { days: OneCourse['days']; label: string }) {
  const draw = useCallback<Draw>((pictures, look) => pictures.drawSteps(days, look), [days]);
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
