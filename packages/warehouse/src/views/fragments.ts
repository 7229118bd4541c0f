import { SCHEDULER_STATUS } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import { isNewestCompleted, newestFirst } from '../log-scheduler/newest-completed.ts';
import { saysPurged } from '../log-scheduler/purged-dates.ts';

/** Columns of an alias, by their names. */
export function columnsOf(alias: string, names: readonly string[]): Record<string, RawBuilder<unknown>> {
  return Object.fromEntries(names.map((name) => [name, sql.ref(`${alias}.${name}`)]));
}

/** Whether a row of `log_scheduler` is a completed merge. */
function isCompletedMerge(row: string) {
  const column = (name: string) => sql.ref(`${row}.${name}`);
  return sql`${column('batch_name')} = 'main_etl' AND ${column('status')} = ${sql.lit(SCHEDULER_STATUS.finished)}`;
}

/**
 * The newest completed merge of each date, and the state of its figures. DISTINCT changes no row: it keeps the server
 * from merging this into the query, where it would find the newest merge again for each course.
 */
const DATES = sql`
  SELECT DISTINCT merged.extraction_date, merged.finished_at AS merged_at,
    CASE
      WHEN JSON_CONTAINS(merged.details, 'true', '$.provisional') = 1 THEN 'provisional'
      WHEN EXISTS (SELECT 1 FROM log_scheduler AS refused
        WHERE refused.extraction_date = merged.extraction_date AND ${saysPurged('refused')}) THEN 'purged'
      ELSE 'final' END AS state
  FROM log_scheduler AS merged
  WHERE ${isCompletedMerge('merged')} AND ${isNewestCompleted('merged')}`;

/** The state of a row's date, as `dated`. */
export function joinDate(rows: string): RawBuilder<unknown> {
  return sql`LEFT JOIN (${DATES}) AS dated ON dated.extraction_date = ${sql.ref(`${rows}.extraction_date`)}`;
}

export const DATE_COLUMNS = {
  // Rows whose date has no completed merge. The API counts them too, but `results` answers 404 and `days` null.
  state: sql`COALESCE(dated.state, 'missing')`,
  merged_at: sql`dated.merged_at`,
};

/** The id at a level of a category's path: '/7/8' has 7 at level 1. A shorter path has its last id. */
const idAt = (level: number) =>
  sql`CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(category.path, '/', ${sql.lit(level + 1)}), '/', -1) AS SIGNED)`;

/** The category of a row in today's tree, with its directorate and unit. */
export function joinCategory(rows: string): RawBuilder<unknown> {
  return sql`
    LEFT JOIN course_categories_etl AS category ON category.id = ${sql.ref(`${rows}.category_id`)}
    LEFT JOIN course_categories_etl AS directorate ON directorate.id = ${idAt(1)}
    LEFT JOIN course_categories_etl AS unit ON category.path LIKE '/%/%' AND unit.id = ${idAt(2)}`;
}

export const PLACE_COLUMNS = Object.fromEntries(
  ['directorate', 'unit'].flatMap((place) =>
    ['id', 'idnumber', 'name'].map((column) => [`${place}_${column}`, sql.ref(`${place}.${column}`)]),
  ),
);

/** All completed merges of a date as `rollup_parts.merges` has them (`mergesByDate`). */
export function mergesOfDate(date: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`COALESCE((
    SELECT GROUP_CONCAT(completed.id ORDER BY ${newestFirst('completed')} SEPARATOR '+')
    FROM log_scheduler AS completed
    WHERE ${isCompletedMerge('completed')} AND completed.extraction_date = ${date}), '')`;
}
