import { useMemo, useRef } from 'preact/hooks';
import { useCourse } from '../../api/course-query.ts';
import { changeOf } from '../../charts/chart.ts';
import { useAbout } from '../../shell/about.ts';
import { Panel } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';
import { ChangeTable } from './change-table.tsx';
import type { CourseResult } from './course-result.ts';
import { type CourseDifferences, differencesOf, type Span } from './differences.ts';

/** Why the views of the course changed: which kinds, and in which weeks. */
export function ChangePanel({ id, result, name }: { id: string; result: CourseResult; name: string }) {
  const { words } = useLanguage();
  const own = result.data;
  const range = { from: own?.compared_from ?? '', to: own?.compared_to ?? '' };
  const other = useCourse(id, range, own !== undefined && own.compared_from !== null);
  const about = useAbout(words.course.changesAbout, own ?? {});
  // The answers of a new range come one after the other.
  const isOfOneRange =
    own !== undefined && other.data?.from === own.compared_from && other.data.to === own.compared_to;
  const data = useMemo(
    () =>
      isOfOneRange && other.data
        ? { differences: differencesOf(own.data.days, other.data.data.days, words), compared: other.data }
        : undefined,
    [isOfOneRange, own, other.data, words],
  );
  const former = useRef<Compared | undefined>(undefined);
  if (data) former.current = data;
  // A course that is not counted has not fallen. A note beside the line says why it is not counted.
  if (own?.data.totals.total_views.value === null) return null;
  // Nor has one fallen whose days are withheld.
  if (own?.withheld_courses || own?.compared_withheld_courses) return null;
  return (
    <Panel
      wide
      title={words.course.changes(name)}
      about={about}
      result={{
        data: data ?? former.current,
        error: other.error,
        isFetching: result.isFetching || other.isFetching,
        isPlaceholderData: result.isPlaceholderData || !data,
        refetch: other.refetch,
      }}
      rows={13}
    >
      {(shown) => (
        <>
          <Sentence {...shown} />
          <ChangeTable differences={shown.differences} />
        </>
      )}
    </Panel>
  );
}

/** Differences, and the range that they are from: old ones keep their own. */
interface Compared {
  differences: CourseDifferences;
  compared: { from: string; to: string };
}

/** The greatest part of the change in words. */
function Sentence({ differences, compared }: Compared) {
  const { words, formats } = useLanguage();
  const { total, kinds, spans } = differences;
  if (total === null) return <p class="about">{words.common.compare.unlike}</p>;
  const [first] = kinds;
  if (total === 0 || !first?.difference) return null;
  const says = total < 0 ? words.course.fell : words.course.rose;
  const views = (difference: number) => formats.count(Math.abs(difference));
  const greatest = greatestOf(spans, (span) => span.kinds[first.kind], Math.sign(total));
  const change = changeOf(first.views, first.compared);
  return (
    <p>
      <strong>{says.kind(words.figures.kinds[first.kind], views(first.difference))}</strong>{' '}
      {words.common.compare.with(formats.range(compared.from, compared.to))}
      {change !== null && ` (${formats.change(change)})`}.{' '}
      {greatest &&
        spans.length > 1 &&
        says.span(formats.range(greatest.span.from, greatest.span.to), views(greatest.difference))}
    </p>
  );
}

function greatestOf(spans: readonly Span[], of: (span: Span) => number | null, way: number) {
  const inThisWay = spans.flatMap((span) => {
    const difference = of(span);
    return difference !== null && difference * way > 0 ? [{ span, difference }] : [];
  });
  return inThisWay.toSorted((one, next) => way * (next.difference - one.difference))[0];
}
