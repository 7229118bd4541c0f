import type { Interval } from '../reports/read-range.ts';

/** The lengths of parts. `rollup_parts.part` ends with the digit. */
const LEVELS = { day: 1, pentad: 2, week: 3, month: 4, quarter: 5 } as const;
export type Level = keyof typeof LEVELS;

/** Smallest first, in the order of their digits. */
export const LEVELS_OF_PARTS: readonly Level[] = ['day', 'pentad', 'week', 'month', 'quarter'];

/** The dates of a part. */
export interface Span extends Interval {
  level: Level;
}

/** The levels that have sums by course, largest first. The dates of each are whole spans of the next one. */
export const COURSE_LEVELS = ['quarter', 'month', 'pentad'] as const satisfies Level[];

/** The levels that have enrolments by category. */
export const ENROLMENT_LEVELS = ['week', 'month'] as const satisfies Level[];

/** Pentads begin on these days of a month. The last one lasts until the month's end. */
const PENTADS = [1, 6, 11, 16, 21, 26];

/** The span of a level that a date is in. Weeks begin on Monday. */
export function spanOf(level: Level, date: string): Span {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const span = (first: number, last: number): Span => ({ level, from: text(first), to: text(last) });
  switch (level) {
    case 'day':
      return { level, from: date, to: date };
    case 'pentad': {
      const at = PENTADS.findLastIndex((first) => first <= day);
      const next = PENTADS[at + 1];
      return span(
        Date.UTC(year, month - 1, PENTADS[at]),
        next ? Date.UTC(year, month - 1, next - 1) : Date.UTC(year, month, 0),
      );
    }
    case 'week': {
      const monday = day - ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7);
      return span(Date.UTC(year, month - 1, monday), Date.UTC(year, month - 1, monday + 6));
    }
    case 'month':
      return span(Date.UTC(year, month - 1, 1), Date.UTC(year, month, 0));
    default: {
      const begins = 3 * Math.floor((month - 1) / 3);
      return span(Date.UTC(year, begins, 1), Date.UTC(year, begins + 3, 0));
    }
  }
}

/** The number of a span in `rollup_parts`: its first date and the digit of its level, as in 202601014. */
export function partOf({ level, from }: Span): number {
  return numberOf(from) * 10 + LEVELS[level];
}

/** A date as a number, which the server takes for a date: 20260101. */
export function numberOf(date: string): number {
  return Number(date.replaceAll('-', ''));
}

/** The date after a date. */
export function dateAfter(date: string): string {
  return text(Date.parse(date) + 86_400_000);
}

function text(time: number): string {
  return new Date(time).toISOString().split('T')[0] ?? '';
}
