import { VIEWS, type ViewFigure } from '../reports/read-range.ts';
import type { CategoryDay } from '../roll-ups/write-part.ts';

/** Sums over the rows of some courses: how many rows, their enrolments and views. */
export type RestatedSums = Record<'courses' | 'num_students' | 'num_teachers' | ViewFigure, number>;

export const RESTATED_SUMS = ['courses', 'num_students', 'num_teachers', ...VIEWS] as const;

/** The sums of a place's rows. */
export function restatedSums({ courses, students, teachers, views }: CategoryDay): RestatedSums {
  return { courses, num_students: students, num_teachers: teachers, ...views };
}

/** Adds sums up. A kind of views that a sum does not have counts as 0: it is newer than the sum. */
export function addedSums(sums: Iterable<Partial<RestatedSums>>): RestatedSums {
  const all = Object.fromEntries(RESTATED_SUMS.map((figure) => [figure, 0])) as RestatedSums;
  for (const sum of sums) for (const figure of RESTATED_SUMS) all[figure] += sum[figure] ?? 0;
  return all;
}
