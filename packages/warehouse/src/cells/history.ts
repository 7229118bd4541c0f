import type { RestatementReason } from '@etl/core';
import { literalId } from '../reports/course-rows.ts';
import type { Metric } from '../reports/series.ts';
import { hasCategory, type Scope } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';

/** A value that a cell had before, and why a later run replaced it. */
export interface FormerValue {
  /** Null if the course had no row, or none that the reader may see. */
  value: number | null;
  /** The run that had made it. */
  run_id: string;
  /** When that run had completed, in UTC. */
  completed_at: string | null;
  why: RestatementReason[];
}

/** The former values of a cell, newest first. A restatement that did not change the figure is left out. */
export async function historyOf(
  snapshot: Warehouse,
  scope: Scope,
  { date, course, metric }: { date: string; course: string; metric: Metric },
): Promise<FormerValue[]> {
  const rows = await snapshot
    .selectFrom('restatements as restated')
    .innerJoin('restatement_courses as changed', 'changed.restatement', 'restated.id')
    .select(['restated.replaced_run_id', 'restated.replaced_at'])
    .select(['changed.why', 'changed.old_category', 'changed.old_figures', 'changed.new_figures'])
    .where('restated.extraction_date', '=', date)
    .where('changed.moodle_course_id', '=', literalId(course))
    .orderBy('restated.restated_at', 'desc')
    .orderBy('restated.id', 'desc')
    .execute();
  return rows.flatMap((row) => {
    const [before, after] = [row.old_figures, row.new_figures].map((json) => figureIn(json, metric));
    // What is in neither of them has not changed.
    if (before === after) return [];
    return [
      {
        value: row.old_category !== null && hasCategory(scope, row.old_category) ? (before ?? null) : null,
        run_id: row.replaced_run_id,
        completed_at: row.replaced_at,
        why: row.why.split(',') as RestatementReason[],
      },
    ];
  });
}

/** Null if there was no row or no value, undefined if the figure has not changed. */
function figureIn(json: string | null | undefined, metric: Metric): number | null | undefined {
  if (json == null) return null;
  const value = (JSON.parse(json) as Partial<Record<Metric, number | string | null>>)[metric];
  return value == null ? value : Number(value);
}
