import { useMemo } from 'preact/hooks';
import type { CategoryChild, CategoryFigures } from '../../api/types.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { useAbout } from '../../shell/about.ts';
import { useCategoryHref } from '../../shell/address.ts';
import { Change } from '../../shell/change.tsx';
import { Panel, type Result } from '../../shell/panel.tsx';
import { partName } from '../../shell/part-name.ts';
import { Unlike } from '../../shell/unlike.tsx';
import { useLanguage } from '../../words/language.tsx';
import { weeklyText } from './course-table.tsx';

export interface Children {
  data: CategoryChild[];
  totals: CategoryFigures;
  from: string;
  to: string;
  compared_from: string | null;
  compared_to: string | null;
  compare: string | null;
  missing_dates: string[];
  compared_missing_dates: string[];
}

/** The children of the category with their figures. A click goes one level down. */
export function CategoriesPanel({ result }: { result: Result<Children> }) {
  const { words } = useLanguage();
  const about = useAbout(words.common.perRange, result.data ?? {});
  const hrefOf = useCategoryHref();
  return (
    <Panel
      title={words.explore.categories}
      about={about}
      result={result}
      rows={20}
      isList
      isEmpty={({ data }) => data.length === 0}
      empty={words.explore.noCategories}
    >
      {(answer) => (
        <>
          <Unlike answer={answer} />
          {/* Without a link in it, the keyboard could not scroll the table. */}
          <div class="scroll" tabIndex={answer.data.some(hrefOf) ? undefined : 0}>
            <ChildrenTable parts={answer.data} />
          </div>
        </>
      )}
    </Panel>
  );
}

function ChildrenTable({ parts }: { parts: readonly CategoryChild[] }) {
  const { words, formats } = useLanguage();
  const { metrics, change } = words.figures;
  const hrefOf = useCategoryHref();
  const rows = useMemo(
    () =>
      parts
        .toSorted((a, b) => b.total_views - a.total_views)
        .map((part) => {
          // What is all withheld is not known to be 0.
          const known = (text: string) => (part.courses === 0 && part.withheld_courses > 0 ? '–' : text);
          return (
            <tr key={`${part.id} ${part.is_parent}`}>
              <th scope="row">
                <a href={hrefOf(part)}>{partName(part, words)}</a>
              </th>
              <td class="number">{known(formats.count(part.total_views))}</td>
              <td class="number">
                <Change value={part.change} />
              </td>
              <td class="weeks">
                <Sparkline values={part.weekly} label={weeklyText(part.weekly, { words, formats })} />
              </td>
              <td class="number">
                {part.avg_activity_per_student_per_day === null
                  ? '–'
                  : formats.average(part.avg_activity_per_student_per_day)}
              </td>
              <td class="number">{known(formats.count(part.num_students))}</td>
              <td class="number">
                {known(words.explore.of(formats.count(part.active_courses), formats.count(part.courses)))}
              </td>
            </tr>
          );
        }),
    [parts, words, formats, hrefOf],
  );
  const heads = [metrics.avg_activity_per_student_per_day, metrics.num_students, words.explore.active];
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">{words.explore.name}</th>
          <th scope="col" class="number">
            {metrics.total_views}
          </th>
          <th scope="col" class="number">
            {change}
          </th>
          <th scope="col" class="weeks">
            {words.explore.weekly}
          </th>
          {heads.map((head) => (
            <th key={head} scope="col" class="number">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{rows}</tbody>
    </table>
  );
}
