import { useState } from 'preact/hooks';
import { MOST_RESTATED, useRestatedCourses, useRestatements } from '../../api/explain-queries.ts';
import type { Me, RestatedCourse, Restatement } from '../../api/types.ts';
import { Twin } from '../../charts/twin.tsx';
import { Failure } from '../../shell/panel.tsx';
import { type ExplainWords, useExplainWords } from '../../words/explain/index.ts';
import { changesOf, sumsThatDiffer } from './restated.ts';

/** What later runs changed of the final figures of a date, when and why. */
export function Restatements({ date, me }: { date: string; me: Me }) {
  const { explain } = useExplainWords();
  const { data, error, refetch } = useRestatements(date);
  return (
    <section class="restatements">
      <h3>{explain.restated}</h3>
      {error && <Failure error={error} hasOldFigures={data !== undefined} retry={() => refetch()} />}
      <ul>
        {data?.map((restatement) => (
          <li key={restatement.id}>
            <One restatement={restatement} me={me} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const reasonsText = (why: Restatement['why'], explain: ExplainWords, list: (items: string[]) => string) =>
  list(why.map((reason) => explain.why[reason]));

function One({ restatement, me }: { restatement: Restatement; me: Me }) {
  const { explain, words, formats } = useExplainWords();
  const [isOpen, setOpen] = useState(false);
  const { id, restated_at: at, why, courses_changed: changed } = restatement;
  const sums = sumsThatDiffer(restatement).map(([figure, old, now]) =>
    explain.sums(words.figures.metrics[figure], formats.count(old), formats.count(now)),
  );
  return (
    <>
      {explain.restatedOn(formats.moment(at, me.time_zone), reasonsText(why, explain, formats.list))}{' '}
      {sums.join(' · ')}
      {changed !== null && changed > 0 && (
        <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary>{explain.coursesChanged(changed, formats.count(changed))}</summary>
          {isOpen && <Courses id={id} changed={changed} />}
        </details>
      )}
    </>
  );
}

function Courses({ id, changed }: { id: number; changed: number }) {
  const { explain, words, formats } = useExplainWords();
  const { data, error, refetch } = useRestatedCourses(id);
  const names: Record<string, string> = { ...words.figures.metrics, ...explain.columns };
  const text = (course: RestatedCourse) => {
    if (course.old === null) return explain.came;
    if (course.new === null) return explain.went;
    return changesOf(course, { words, formats })
      .map(({ column, old, now }) => explain.sums(names[column] ?? column, old, now))
      .join(' · ');
  };
  return (
    <>
      {error && <Failure error={error} hasOldFigures={data !== undefined} retry={() => refetch()} />}
      {data && (
        <Twin
          caption={explain.coursesChanged(changed, formats.count(changed))}
          table={{
            columns: [{ name: explain.course }, { name: explain.changes }, { name: explain.reason }],
            rows: data.map((course) => [
              course.course_name || String(course.moodle_course_id),
              text(course),
              reasonsText(course.why, explain, formats.list),
            ]),
          }}
        />
      )}
      {data && changed > MOST_RESTATED && (
        <p>{explain.more(changed - data.length, formats.count(changed - data.length))}</p>
      )}
    </>
  );
}
