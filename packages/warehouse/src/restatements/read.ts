import type { RestatementReason } from '@etl/core';
import { sql } from 'kysely';
import type { DateRange } from '../reports/asked-range.ts';
import { localTime } from '../reports/local-time.ts';
import { type Scope, visibleRestatedCourses, visibleRestatedSums, visibleRestatements } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import { inOrder, type RestatedFigures } from './compare.ts';
import { reasonsIn, reasonsSeen, rowsSeen } from './reasons-seen.ts';
import { type ShownFigures, shown } from './shown-figures.ts';
import { addedSums, type RestatedSums } from './sums.ts';

/** A restatement as a caller sees it. Sums and courses are those of its scope. Times are in the institution's zone. */
export interface RestatementReport {
  id: number;
  extraction_date: string;
  run_id: string;
  restated_at: string;
  replaced_run_id: string;
  replaced_at: string | null;
  why: RestatementReason[];
  old: RestatedSums;
  new: RestatedSums;
  /** Courses that changed. Null if that is unknown: the replaced figures are of the PHP system. */
  courses_changed: number | null;
}

export interface RestatementPage {
  limit: number;
  /** Only restatements with a smaller id. */
  before?: number | undefined;
}

/** The restatements of a range of dates within a scope, the largest id first. */
export async function restatementsReport(
  snapshot: Warehouse,
  scope: Scope,
  { from, to }: DateRange,
  { limit, before }: RestatementPage,
  timeZone: string,
): Promise<RestatementReport[]> {
  let rows = visibleRestatements(snapshot, scope)
    .selectAll('restated')
    .where('extraction_date', '>=', from)
    .where('extraction_date', '<=', to);
  if (before !== undefined) rows = rows.where('id', '<', before);
  return presented(snapshot, scope, await rows.orderBy('id', 'desc').limit(limit).execute(), timeZone);
}

/** One restatement. Undefined if there is none within the scope. */
export async function restatementReport(
  snapshot: Warehouse,
  scope: Scope,
  id: number,
  timeZone: string,
): Promise<RestatementReport | undefined> {
  const rows = await visibleRestatements(snapshot, scope)
    .selectAll('restated')
    .where('id', '=', id)
    .execute();
  return (await presented(snapshot, scope, rows, timeZone))[0];
}

type RestatementRow = Awaited<ReturnType<ReturnType<typeof allRows>['execute']>>[number];
const allRows = (snapshot: Warehouse) => visibleRestatements(snapshot, 'everything').selectAll('restated');

async function presented(
  snapshot: Warehouse,
  scope: Scope,
  rows: readonly RestatementRow[],
  timeZone: string,
): Promise<RestatementReport[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const sums = Map.groupBy(
    await visibleRestatedSums(snapshot, scope)
      .select(['restatement', 'old_sums', 'new_sums', 'unlisted'])
      .where('restatement', 'in', ids)
      .execute(),
    ({ restatement }) => restatement,
  );
  const listed = scope === 'everything' ? new Map() : await listedCourses(snapshot, scope, ids);
  return rows.map((row) => {
    const own = sums.get(row.id) ?? [];
    const courses = listed.get(row.id);
    const unlisted = own.reduce((all, one) => all + one.unlisted, 0);
    return {
      id: row.id,
      extraction_date: row.extraction_date,
      run_id: row.run_id,
      restated_at: localTime(row.restated_at, timeZone),
      replaced_run_id: row.replaced_run_id,
      replaced_at: localTime(row.replaced_at, timeZone),
      why: courses && unlisted === 0 ? courses.why : reasonsIn(row.why),
      old: addedSums(own.map(({ old_sums }) => parsed(old_sums) ?? {})),
      new: addedSums(own.map(({ new_sums }) => parsed(new_sums) ?? {})),
      courses_changed: scope === 'everything' ? row.courses : (courses?.count ?? 0) + unlisted,
    };
  });
}

const PLACES = ['old_category', 'new_category', 'old_is_small', 'new_is_small'] as const;

/** How many listed courses of each restatement are within the scope, and why they changed. */
async function listedCourses(
  snapshot: Warehouse,
  scope: Scope,
  ids: readonly number[],
): Promise<Map<number, { count: number; why: RestatementReason[] }>> {
  const found = await visibleRestatedCourses(snapshot, scope)
    .select(['restatement', 'why', ...PLACES])
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('restatement', 'in', ids)
    .groupBy(['restatement', 'why', ...PLACES])
    .execute();
  const byRestatement = Map.groupBy(found, ({ restatement }) => restatement);
  return new Map(
    [...byRestatement].map(([id, own]) => [
      id,
      {
        count: own.reduce((all, { count }) => all + Number(count), 0),
        why: inOrder(own.flatMap((courses) => reasonsSeen(scope, courses))),
      },
    ]),
  );
}

/** A course of a restatement as a caller sees it: an old or a new row beyond its scope is null. */
export interface RestatedCourse {
  moodle_course_id: MoodleId;
  course_name: string;
  why: RestatementReason[];
  old: ShownFigures | null;
  new: ShownFigures | null;
}

/** The listed courses of a restatement within a scope, in the order of their ids. */
export async function restatedCourses(
  snapshot: Warehouse,
  scope: Scope,
  id: number,
  { limit, after }: { limit: number; after?: MoodleId | undefined },
): Promise<RestatedCourse[]> {
  let rows = visibleRestatedCourses(snapshot, scope).selectAll('course').where('restatement', '=', id);
  if (after !== undefined) rows = rows.where('moodle_course_id', '>', after);
  const found = await rows.orderBy('moodle_course_id').limit(limit).execute();
  return found.map((row) => {
    const seen = rowsSeen(scope, row);
    const figuresIn = (json: string | null) => shown(parsed<RestatedFigures>(json));
    const before = seen.old ? figuresIn(row.old_figures) : null;
    const after = seen.new ? figuresIn(row.new_figures) : null;
    return {
      moodle_course_id: row.moodle_course_id,
      // Who cannot read the new row must not read its name.
      course_name: after || !before ? row.course_name : (before.course_name ?? row.course_name),
      why: reasonsSeen(scope, row),
      old: before,
      new: after,
    };
  });
}

/** When the figures of each date of a range were last restated within a scope, in UTC. */
export async function restatedDates(
  snapshot: Warehouse,
  scope: Scope,
  { from, to }: DateRange,
): Promise<Map<string, string>> {
  const rows = await visibleRestatements(snapshot, scope)
    .select('extraction_date')
    .select(sql<string>`MAX(restated_at)`.as('newest'))
    .where('extraction_date', '>=', from)
    .where('extraction_date', '<=', to)
    .groupBy('extraction_date')
    .execute();
  return new Map(rows.map(({ extraction_date, newest }) => [extraction_date, newest]));
}

/** The restatements of the last `seconds`, by the warehouse's clock, with the views of all courses. */
export async function recentRestatements(warehouse: Warehouse, seconds: number) {
  const rows = await visibleRestatements(warehouse, 'everything')
    .select(['id', 'extraction_date', 'why', 'old_total_views', 'new_total_views'])
    .where('restated_at', '>=', sql<string>`NOW() - INTERVAL ${sql.lit(seconds)} SECOND`)
    .orderBy('id')
    .execute();
  return rows.map(({ why, ...row }) => ({ ...row, why: reasonsIn(why) }));
}

function parsed<Value extends object>(json: string | null): Value | null {
  return json === null ? null : (JSON.parse(json) as Value);
}
