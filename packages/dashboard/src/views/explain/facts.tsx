import type { ComponentChildren } from 'preact';
import type { Cell, Me } from '../../api/types.ts';
import { useExplainWords } from '../../words/explain/index.ts';
import { formulaText } from './formula.ts';

/** What the figure is, and how, of which seconds and by which run it was made. */
export function Facts({ cell, me }: { cell: Cell; me: Me }) {
  const { explain, words, formats } = useExplainWords();
  const { day, run, roles, extraction_date: date } = cell;
  const formula = formulaText(cell, explain, { words, formats });
  const at = (time: string | null) => (time === null ? explain.unknown : formats.moment(time, me.time_zone));
  const zone = formats.zone(day.time_zone, date);
  // An institution's zone can have the same short name as others.
  const zoneName = zone === day.time_zone ? zone : `${zone} (${day.time_zone})`;
  const state = [
    cell.provisional && explain.provisional,
    cell.state === 'purged' && explain.purged,
    cell.settings_differ && explain.otherSettings,
  ].filter(Boolean);
  return (
    <dl class="facts">
      <Fact name={explain.definition}>{explain.definitions[cell.metric]}</Fact>
      {formula && <Fact name={explain.formula}>{formula}</Fact>}
      <Fact name={explain.day}>
        {explain.dayText(formats.date(date), day.from.slice(11), day.to.slice(11), zoneName)}
        <br />
        <small>{explain.seconds(day.first_second, day.last_second)}</small>
      </Fact>
      {!cell.not_counted && (
        <Fact name={explain.enrolments}>
          {cell.user_counts_as_of === null
            ? explain.unknown
            : explain.enrolmentsAt(at(cell.user_counts_as_of))}
          {roles && (
            <>
              <br />
              <small>{explain.roles(roles.students.join(', '), roles.teachers.join(', '))}</small>
            </>
          )}
        </Fact>
      )}
      <Fact name={explain.run}>
        {explain.runText(explain.triggers[run.trigger_type], at(run.completed_at))}
        {run.requested_by !== null && (
          <>
            <br />
            {explain.runBy(run.requested_by)}
          </>
        )}
        <br />
        <small>
          <code>{run.run_id}</code>
        </small>
      </Fact>
      {state.length > 0 && <Fact name={explain.state}>{state.join(' ')}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
