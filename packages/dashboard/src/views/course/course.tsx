import { useLocation } from 'preact-iso/router';
import { useCourse } from '../../api/course-query.ts';
import { useMe } from '../../api/queries.ts';
import type { Me, OneCourse } from '../../api/types.ts';
import { isDate } from '../../dates.ts';
import { rangeOf, useAddress, useShown } from '../../shell/address.ts';
import { FourFigures } from '../../shell/four-figures.tsx';
import { Failure } from '../../shell/panel.tsx';
import { PathOfCategories } from '../../shell/path-of-categories.tsx';
import { RangeBar } from '../../shell/range-bar.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { useLanguage } from '../../words/language.tsx';
import { Drawer, Later } from '../explain/lazy.tsx';
import { ChangePanel } from './change-panel.tsx';
import { EnrolmentsPanel } from './enrolments-panel.tsx';
import { KindsPanel } from './kinds-panel.tsx';
import { CourseLine } from './line-panel.tsx';
import { useWithheldDays } from './withheld-days.ts';

/** `/app/courses/:id`: one course over the range. */
export function Course({ id }: { id: string }) {
  const { words, formats } = useLanguage();
  const me = useMe().data;
  const below = formats.count(me?.suppress_below ?? 0);
  const shown = useShown();
  const result = useCourse(id, rangeOf(shown));
  const course = result.data?.data;
  const withheld = useWithheldDays(result.data);
  const name = course?.course_name ?? words.course.title;
  useTitle(name);
  if (result.error && !course)
    return (
      <>
        <h1>{words.course.title}</h1>
        <Failure error={result.error} retry={result.refetch} />
      </>
    );
  return (
    <>
      <Heading
        course={course}
        name={name}
        me={me}
        inactive={withheld ? words.course.shownInactive(below) : words.course.inactive}
      />
      <RangeBar me={me} />
      <FourFigures
        totals={course?.totals}
        isOld={result.isPlaceholderData}
        note={
          withheld ??
          (result.data?.compared_withheld_courses ? words.course.comparedWithheld(below) : undefined)
        }
      />
      <div class="panels">
        <CourseLine id={id} name={name} />
        {shown.compare !== 'none' && <ChangePanel key={id} id={id} result={result} name={name} />}
        <KindsPanel result={result} name={name} />
        <EnrolmentsPanel result={result} name={name} />
      </div>
      {me && <Explained id={id} name={name} me={me} />}
    </>
  );
}

/** The figure that the address asks to explain (`explain`: its date). */
function Explained({ id, name, me }: { id: string; name: string; me: Me }) {
  const { explain } = useLocation().query;
  const { metric } = useShown();
  const { change } = useAddress();
  return (
    <Later>
      {isDate(explain) && (
        <Drawer
          cell={{ date: explain, course: id, metric }}
          name={name}
          me={me}
          onClose={() => change({ explain: undefined })}
        />
      )}
    </Later>
  );
}

interface HeadingProps {
  course: OneCourse | undefined;
  name: string;
  me: Me | undefined;
  /** Says that the range has no activity. */
  inactive: string;
}

function Heading({ course, name, me, inactive }: HeadingProps) {
  const { words, formats } = useLanguage();
  const last = course?.last_active;
  const facts = [
    course?.course_shortname,
    course?.id_number,
    course && (last ? words.course.lastActive(formats.date(last)) : inactive),
  ];
  return (
    <div>
      <PathOfCategories path={[...(course?.category_path ?? []), PLACE_OF_COURSE]} me={me} isBelowTop />
      <h1>{name}</h1>
      <p class="about">{facts.filter(Boolean).join(' · ') || '\u00a0'}</p>
    </div>
  );
}

/** The path names what is above its last element. */
const PLACE_OF_COURSE = { id: '', idnumber: null, name: '' };
