import type { RestatementReason } from '@etl/core';
import { literalId } from '../reports/course-rows.ts';
import type { Metric } from '../reports/series.ts';
import { reasonsOfFigure } from '../restatements/compare.ts';
import { reasonsSeen, rowsSeen } from '../restatements/reasons-seen.ts';
import { MOST_LISTED_COURSES } from '../restatements/record.ts';
import { type Scope, smallBelowFor } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';

/** A value that a cell had before, and why a later run replaced it. */
export interface FormerValue {
  /** Null if the course had no row, or none that the reader may see. */
  value: number | null;
  /** The run that had made it. */
  run_id: string;
  /** When that run had completed, in UTC. */
  completed_at: string | null;
  /** What can have changed this figure; all reasons of the course if its row came or went. */
  why: RestatementReason[];
}

/** The former values of a cell, newest first. */
export interface CellHistory {
  values: FormerValue[];
  /** False if a restatement of the date does not say whether it changed the course. */
  isComplete: boolean;
}

/** The former values of a cell. A restatement that did not change the figure is left out. */
export async function historyOf(
  snapshot: Warehouse,
  scope: Scope,
  { date, course, metric }: { date: string; course: string; metric: Metric },
): Promise<CellHistory> {
  const rows = await snapshot
    .selectFrom('restatements as restated')
    .leftJoin('restatement_courses as changed', (on) =>
      on
        .onRef('changed.restatement', '=', 'restated.id')
        .on('changed.moodle_course_id', '=', literalId(course)),
    )
    .select(['restated.replaced_run_id', 'restated.replaced_at', 'restated.courses'])
    .select(['changed.why', 'changed.old_category', 'changed.new_category'])
    .select(['changed.old_is_small', 'changed.new_is_small', 'restated.suppress_below'])
    .select(['changed.old_figures', 'changed.new_figures'])
    .where('restated.extraction_date', '=', date)
    .orderBy('restated.restated_at', 'desc')
    .orderBy('restated.id', 'desc')
    .execute();
  // Each restatement lists so many courses at most, and none if the replaced figures are of the PHP system.
  // Of one that was recorded with another number of students it is not known which rows were small.
  const below = smallBelowFor(scope);
  const isKnown = ({ suppress_below }: { suppress_below: number }) => below === 0 || suppress_below === below;
  const isComplete = rows.every(
    (row) =>
      isKnown(row) && (row.why !== null || (row.courses !== null && row.courses <= MOST_LISTED_COURSES)),
  );
  const values = rows.filter(isKnown).flatMap((row) => {
    const { why, old_category, new_category, old_is_small, new_is_small } = row;
    if (why === null) return [];
    const places = {
      old_category,
      new_category,
      old_is_small: old_is_small ?? 0,
      new_is_small: new_is_small ?? 0,
    };
    const { old: hadRow, new: hasRow } = rowsSeen(scope, places);
    const before = hadRow ? figureIn(row.old_figures, metric) : null;
    const after = hasRow ? figureIn(row.new_figures, metric) : null;
    // What is in neither of them has not changed.
    if (before === after) return [];
    const reasons = reasonsSeen(scope, { why, ...places });
    return [
      {
        value: before ?? null,
        run_id: row.replaced_run_id,
        completed_at: row.replaced_at,
        // For the reader, a row came or went, or it is the same row.
        why: hadRow && hasRow ? reasonsOfFigure(reasons, metric) : reasons,
      },
    ];
  });
  return { values, isComplete };
}

/** Null if there was no row or no value, undefined if the figure has not changed. */
function figureIn(json: string | null | undefined, metric: Metric): number | null | undefined {
  if (json == null) return null;
  const value = (JSON.parse(json) as Partial<Record<Metric, number | string | null>>)[metric];
  return value == null ? value : Number(value);
}
