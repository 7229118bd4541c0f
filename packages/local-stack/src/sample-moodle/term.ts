import { addDays, countDates, datesBetween } from '@etl/core';
import { type Campus, type CampusCourse, MODULES } from './campus.ts';
import { type Traffic, usualTraffic } from './log.ts';
import type { Random } from './random.ts';

/** Weeks of teaching in which something happens. All dates are `YYYY-MM-DD`. */
export interface Term {
  from: string;
  to: string;
  /** Hardly anybody works on these dates. */
  holidays: readonly string[];
  /** On these dates people open quizzes above all. */
  exams: readonly string[];
  /** So many courses have no view after the date. */
  silent: readonly { after: string; courses: number }[];
  /** One course is created on this date. */
  newCourse: string;
  /** Log rows that Moodle writes on a later date: a restored course keeps its old times. */
  late: { date: string; written: string; rows: number };
}

/**
 * Twice four weeks from Monday to Sunday, so that the last 28 days meet the same weekdays in the 28 days before. The
 * date of the documented examples is among them.
 */
export const EIGHT_WEEKS: Term = {
  from: '2023-12-04',
  to: '2024-01-28',
  holidays: ['2023-12-25', '2023-12-26', '2024-01-01'],
  exams: datesBetween('2024-01-22', '2024-01-26'),
  silent: [
    { after: '2023-12-22', courses: 5 },
    { after: '2024-01-12', courses: 3 },
  ],
  newCourse: '2024-01-08',
  late: { date: '2024-01-18', written: '2024-01-22', rows: 150 },
};

/** The dates of a term, and the date before: Moodle's clean-up has deleted half of the oldest one. */
export function datesOfTerm({ from, to }: Term): string[] {
  return datesBetween(addDays(from, -1), to);
}

/** The courses to which something happens in a term. */
export interface Cast {
  newCourse: CampusCourse | undefined;
  /** The course with late rows. */
  restored: CampusCourse | undefined;
  /** The last dates with views, by course id. */
  lastDates: ReadonlyMap<number, string>;
  /** By what each course's traffic is multiplied from week to week, by course id. */
  trends: ReadonlyMap<number, number>;
}

/** Most courses stay as they are, some rise and some fall. */
const TRENDS = [0.8, 0.95, 1, 1, 1.05, 1.2];

/** Picks the courses among those that have a row in the figures. A Moodle with few courses has a small cast. */
export function castOf(random: Random, { rows, courses }: Campus, term: Term): Cast {
  const categories = new Map(rows.course_categories.map(({ id, idnumber }) => [id, idnumber]));
  const shown = new Set(
    rows.course
      .filter(({ visible, category }) => visible === 1 && (categories.get(category) ?? null) !== null)
      .map(({ id }) => id),
  );
  // The last course was restored in the days before the term. A handful of members is a course of its manager.
  const free = courses.slice(0, -1).filter(({ id, members }) => shown.has(id) && members.length > 5);
  const take = (from: number): CampusCourse | undefined => free.splice(from, 1)[0];
  // One of the busiest is restored, one of the quietest is new, the silent ones are in between.
  const restored = take(2);
  const newCourse = take(free.length - 1);
  const lastDates = new Map<number, string>();
  for (const { after, courses: count } of term.silent) {
    for (let i = 0; i < count && free.length > 3; i++) {
      const course = take(random.int(3, Math.floor(free.length * 0.6)));
      if (course) lastDates.set(course.id, after);
    }
  }
  return {
    newCourse,
    restored,
    lastDates,
    trends: new Map(courses.map(({ id }) => [id, random.pick(TRENDS)])),
  };
}

/** A date's traffic in a term. Before and after the term it is that of its first and its last week. */
export function termTraffic(
  campus: Campus,
  { term, cast }: { term: Term; cast: Cast },
  date: string,
  rowsOnMonday: number,
): Traffic {
  const usual = usualTraffic(campus, date, rowsOnMonday);
  const isExam = term.exams.includes(date);
  const factor = term.holidays.includes(date) ? 0.1 : isExam ? 1.25 : 1;
  const sums = weightsOn(campus, { term, cast }, date);
  return {
    rows: Math.round(usual.rows * factor),
    course: (random) => campus.courses[random.weighted(sums)] as CampusCourse,
    module: (random) => (isExam && random.chance(0.5) ? 'mod_quiz' : random.pick(MODULES)),
  };
}

/** The courses' shares of a date's traffic as running sums, in the order of the courses. */
function weightsOn({ courses }: Campus, { term, cast }: { term: Term; cast: Cast }, date: string): number[] {
  const weeks = Math.floor((countDates(term.from, clamped(date, term)) - 1) / 7);
  let sum = 0;
  return courses.map(({ id }, index) => {
    const isSilent = date > (cast.lastDates.get(id) ?? date);
    const isMissing = id === cast.newCourse?.id && date < term.newCourse;
    // The busiest courses have many times the views of the others, as in `usualTraffic`.
    const share = Math.cbrt(index + 1) - Math.cbrt(index);
    if (!isSilent && !isMissing) sum += share * (cast.trends.get(id) ?? 1) ** weeks;
    return sum;
  });
}

function clamped(date: string, { from, to }: Term): string {
  if (date < from) return from;
  return date > to ? to : date;
}
