import type { RestatedFigures } from './compare.ts';

const AVERAGE = 'avg_activity_per_student_per_day';

/** Restated figures as a caller sees them. The average is a number, as in every answer. */
export type ShownFigures = Omit<RestatedFigures, typeof AVERAGE> & { [AVERAGE]?: number | null };

/** The warehouse stores the average as a decimal in text. */
export function shown(figures: RestatedFigures | null): ShownFigures | null {
  if (figures === null) return null;
  const { [AVERAGE]: average, ...others } = figures;
  if (average === undefined) return others;
  return { ...others, [AVERAGE]: average === null ? null : Number(average) };
}
