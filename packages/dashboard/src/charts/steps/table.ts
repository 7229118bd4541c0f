import type { FigureState } from '../../api/types.ts';
import { numberText, type Spoken, type TableTwin } from '../chart.ts';

/** The enrolments of a day; null if nothing was extracted. */
export interface DayOfEnrolments {
  extraction_date: string;
  state: FigureState;
  num_students: number | null;
  num_teachers: number | null;
}

/** Only the days on which a number differs from that of the known day before: a step is a row. */
export function stepsTable(days: readonly DayOfEnrolments[], spoken: Spoken): TableTwin {
  const { words, formats } = spoken;
  return {
    columns: [
      { name: words.charts.since },
      { name: words.charts.students, isNumber: true },
      { name: words.charts.teachers, isNumber: true },
    ],
    rows: stepsOf(days).map(({ extraction_date, num_students, num_teachers }) => [
      formats.shortDate(extraction_date),
      numberText(num_students, spoken),
      numberText(num_teachers, spoken),
    ]),
  };
}

/** The days that begin a step. A gap begins one too. */
export function stepsOf(days: readonly DayOfEnrolments[]): DayOfEnrolments[] {
  return days.filter((day, index) => {
    const before = days[index - 1];
    return day.num_students !== before?.num_students || day.num_teachers !== before?.num_teachers;
  });
}
