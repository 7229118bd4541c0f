import type { Me } from '../../api/types.ts';
import { useLanguage } from '../../words/language.tsx';
import type { Run } from './runs-of.ts';

/** Runs of the date that a newer one has replaced. */
export function FormerRuns({ runs, me }: { runs: readonly Run[]; me: Me }) {
  const { words, formats } = useLanguage();
  const isAdministrator = me.role === 'administrator';
  return (
    <details>
      <summary>{words.runs.former(runs.length)}</summary>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{words.charts.queuedAt}</th>
              <th scope="col">{words.charts.state}</th>
              <th scope="col">{words.runs.trigger}</th>
              {isAdministrator && <th scope="col">{words.runs.by}</th>}
              <th scope="col">{words.runs.id}</th>
            </tr>
          </thead>
          <tbody>
            {runs.map(({ id, status, trigger, by, batches: [first] }) => (
              <tr key={id}>
                <th scope="row">{first && formats.moment(first.created_at, me.time_zone)}</th>
                <td>{words.charts.statuses[status]}</td>
                <td>{words.runs.triggers[trigger]}</td>
                {isAdministrator && <td>{by}</td>}
                <td>
                  <code>{id.slice(0, 8)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
