import { addDays, countDates, datesBetween } from '@etl/core';
import type { Term } from '../sample-moodle/term.ts';

/**
 * Dates that the demo does not extract, so that there is something missing. They are 28 days apart: four weeks and
 * the four weeks before then lack the same weekday, and can be compared.
 */
export const WITHOUT_RUN: readonly string[] = ['2023-12-06', '2024-01-03'];

export interface Week {
  from: string;
  to: string;
  /** What happens in it. */
  notes: string[];
}

/** The weeks of a term, from Monday to Sunday. */
export function weeksOf(term: Term): Week[] {
  const starts = datesBetween(term.from, term.to).filter((_, index) => index % 7 === 0);
  return starts.map((from) => {
    const to = addDays(from, 6);
    const isIn = (date: string) => date >= from && date <= to;
    const silent = term.silent.find(({ after }) => isIn(after));
    const holidays = term.holidays.filter(isIn).length;
    const isLate = isIn(term.late.written);
    return {
      from,
      to,
      notes: [
        ...WITHOUT_RUN.filter(isIn).map((date) => `no run of ${date}`),
        ...(holidays > 0 ? [holidays === 1 ? 'a holiday' : 'holidays'] : []),
        ...(isIn(term.newCourse) ? ['a new course'] : []),
        ...(silent ? [`${silent.courses} courses fall silent`] : []),
        ...(term.exams.some(isIn) ? ['exams'] : []),
        ...(isLate ? [`late rows of ${term.late.date}`] : []),
      ],
    };
  });
}

/** A bar of this length is four times the log rows of an ordinary Monday. */
const LONGEST_BAR = 16;

/** A week's views as one line of 100 characters at most. */
export function weekLine({ from, to, notes }: Week, views: number, rowsOnMonday: number): string {
  const days = countDates(from, to) - WITHOUT_RUN.filter((date) => date >= from && date <= to).length;
  const length = Math.round((LONGEST_BAR * views) / (rowsOnMonday * 4));
  const bar = '▇'.repeat(Math.min(length, LONGEST_BAR)).padEnd(LONGEST_BAR);
  const dates = `${from} – ${to.slice('2024-'.length)}`;
  const text = `  ${dates}  ${days} days  ${views.toLocaleString('en').padStart(7)} views  ${bar}`;
  return `${text} ${notes.join(', ')}`.trimEnd();
}
