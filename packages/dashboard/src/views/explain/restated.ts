import type { Metric, RestatedCourse, Restatement } from '../../api/types.ts';
import { NOTHING, numberText, type Spoken } from '../../charts/chart.ts';

/** The figures that a restatement sums, in the order in which a person reads them. */
const SUMS = ['total_views', 'num_students', 'num_teachers'] as const satisfies readonly Metric[];

/** The sums that differ, with the old and the new one. */
export function sumsThatDiffer({
  old,
  new: now,
}: Pick<Restatement, 'old' | 'new'>): [(typeof SUMS)[number], number, number][] {
  return SUMS.filter((figure) => old[figure] !== now[figure]).map((figure) => [
    figure,
    old[figure],
    now[figure],
  ]);
}

/** The columns of a course that differ. The path says no more than the category does. */
export function changesOf({ old, new: now }: Pick<RestatedCourse, 'old' | 'new'>, spoken: Spoken) {
  const columns = Object.keys({ ...old, ...now }) as (keyof NonNullable<RestatedCourse['old']>)[];
  const text = (value: string | number | null | undefined) =>
    typeof value === 'number' ? numberText(value, spoken) : (value ?? NOTHING);
  return columns
    .filter((column) => column !== 'category_path' && old?.[column] !== now?.[column])
    .map((column) => ({ column, old: text(old?.[column]), now: text(now?.[column]) }));
}
