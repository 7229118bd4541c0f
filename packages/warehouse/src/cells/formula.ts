import { VIEW_COLUMNS, VIEW_KINDS, type ViewColumn } from '@etl/core';
import type { Metric } from '../reports/series.ts';

/** A number of a formula. Null if it was not recorded. */
export type FormulaNumbers = Record<string, number | null>;

/** How a value is made of its numbers. */
export interface Formula {
  expression: string;
  numbers: FormulaNumbers;
  /** The expression with its numbers put in, and the value. */
  with_numbers: string;
}

/** The figures of a course and date, of which a formula takes its numbers. */
export type CellFigures = Record<
  ViewColumn | 'num_students' | 'num_teachers' | 'total_views' | 'active_days',
  number
> & {
  /** As the warehouse stores it. */
  avg_activity_per_student_per_day: string | null;
  /** Null if it was not recorded. */
  other_views: number | null;
};

/** The formula of a figure. `roles`: the roles whose people are counted, null if they are not recorded. */
export function formulaOf(
  metric: Metric,
  figures: CellFigures,
  roles: { students: readonly number[]; teachers: readonly number[] } | null,
): Formula {
  const kind = VIEW_KINDS.find(({ column }) => column === metric);
  if (kind) {
    const rows = figures[kind.column];
    return {
      expression: `log rows of ${kind.component}`,
      numbers: { [kind.component]: rows },
      with_numbers: String(rows),
    };
  }
  switch (metric) {
    case 'num_students':
      return people(figures.num_students, roles?.students);
    case 'num_teachers':
      return people(figures.num_teachers, roles?.teachers);
    case 'active_days':
      return activeDays(figures);
    case 'avg_activity_per_student_per_day':
      return average(figures);
    default:
      return total(figures);
  }
}

function people(count: number, roles: readonly number[] | undefined): Formula {
  const which = roles === undefined ? 'the roles of that time' : `role ${roles.join(' or ')}`;
  return {
    expression: `different people with ${which} in the course`,
    numbers: { people: count },
    with_numbers: String(count),
  };
}

function total(figures: CellFigures): Formula {
  return {
    expression: VIEW_COLUMNS.join(' + '),
    numbers: Object.fromEntries(VIEW_COLUMNS.map((column) => [column, figures[column]])),
    with_numbers: `${VIEW_COLUMNS.map((column) => figures[column]).join(' + ')} = ${figures.total_views}`,
  };
}

function activeDays({ total_views, other_views, active_days }: CellFigures): Formula {
  const other = other_views ?? 'not recorded';
  return {
    expression: '1 if total_views + other_module > 0, else 0',
    numbers: { total_views, other_module: other_views },
    with_numbers: `${total_views} + ${other} ${active_days > 0 ? '> 0' : 'is 0'}, so ${active_days}`,
  };
}

function average(figures: CellFigures): Formula {
  const { total_views, num_students, active_days, avg_activity_per_student_per_day: value } = figures;
  const division = `${total_views} / ${num_students} / ${active_days}`;
  return {
    expression: 'total_views / num_students / active_days',
    numbers: { total_views, num_students, active_days },
    with_numbers: value === null ? `${division} has no value` : `${division} = ${value}`,
  };
}
