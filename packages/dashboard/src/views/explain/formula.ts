import type { Cell } from '../../api/types.ts';
import { numberText, type Spoken } from '../../charts/chart.ts';
import { viewKinds } from '../../charts/colours.ts';
import type { ExplainWords } from '../../words/explain/en.ts';

/** How the value is made of its numbers, in words. Undefined if the course has no row. */
export function formulaText(
  { formula, metric, value }: Pick<Cell, 'formula' | 'metric' | 'value'>,
  explain: ExplainWords,
  spoken: Spoken,
): string | undefined {
  if (!formula) return undefined;
  const { words } = spoken;
  const { numbers } = formula;
  const text = (name: string) => {
    const number = numbers[name];
    return number == null ? explain.unknown : numberText(number, spoken);
  };
  const result = value === null ? explain.noValue : numberText(value, spoken);
  switch (metric) {
    case 'total_views': {
      const parts = viewKinds(words).map((kind) => `${words.figures.kinds[kind]} ${text(kind)}`);
      return explain.equals(parts.join(' + '), result);
    }
    case 'avg_activity_per_student_per_day': {
      const parts = ['total_views', 'num_students', 'active_days'].map(text) as [string, string, string];
      return explain.equals(explain.averageFormula(...parts), result);
    }
    case 'active_days':
      return explain.activeFormula(text('total_views'), text('other_module'), value !== null && value > 0);
    case 'num_students':
    case 'num_teachers':
      return explain.peopleFormula(text('people'));
    default: {
      const [component = ''] = Object.keys(numbers);
      return explain.kindFormula(text(component), component);
    }
  }
}
