import { VIEW_COLUMNS } from '@etl/core';
import { sql } from 'kysely';
import { columnsOf, DATE_COLUMNS, joinCategory, joinDate, mergesOfDate, PLACE_COLUMNS } from './fragments.ts';
import type { View } from './view.ts';

const SUMS = ['num_teachers', 'num_students', ...VIEW_COLUMNS, 'total_views'];

/** A day's part has this last digit. */
const DAYS = sql`part.part % 10 = 1`;
const HAS_ALL_KINDS = sql.join(
  VIEW_COLUMNS.map((column) => sql`FIND_IN_SET(${sql.lit(column)}, part.kinds) > 0`),
  sql` AND `,
);

/** The dates whose part is fresh: see `freshness.ts`. DISTINCT keeps the server from merging this into the query. */
const FRESH = sql`
  SELECT DISTINCT part.first_date AS extraction_date FROM rollup_parts AS part
  WHERE ${DAYS} AND ${HAS_ALL_KINDS} AND part.merges = ${mergesOfDate(sql`part.first_date`)}`;

/** The other dates that have rows. */
const OTHERS = sql`
  SELECT DISTINCT counted.extraction_date
  FROM (SELECT DISTINCT extraction_date FROM user_activity_etl) AS counted
  LEFT JOIN (${FRESH}) AS fresh ON fresh.extraction_date = counted.extraction_date
  WHERE fresh.extraction_date IS NULL`;

const sumOf = (column: string) =>
  sql`CAST(SUM(${sql.ref(column)}) AS SIGNED) AS ${sql.ref(column.split('.')[1] ?? '')}`;

/**
 * The sums of each category's own rows: stored ones of fresh parts, and of the other dates those of the rows. Stored
 * sums have small groups apart.
 */
const OWN = sql`
  SELECT sums.extraction_date, sums.category_id,
    ${sql.join(['courses', 'active_courses', ...SUMS].map((column) => sumOf(`sums.${column}`)))}
  FROM (${FRESH}) AS fresh STRAIGHT_JOIN rollup_days AS sums ON sums.extraction_date = fresh.extraction_date
  GROUP BY sums.extraction_date, sums.category_id
  UNION ALL
  SELECT activity.extraction_date, activity.category_id, COUNT(*), CAST(SUM(activity.active_days > 0) AS SIGNED),
    ${sql.join(SUMS.map((column) => sumOf(`activity.${column}`)))}
  FROM (${OTHERS}) AS other STRAIGHT_JOIN user_activity_etl AS activity ON activity.extraction_date = other.extraction_date
  GROUP BY activity.extraction_date, activity.category_id`;

/** One row for each category and date that has rows. */
export const CATEGORY_DAY: View = {
  name: 'v_category_day',
  columns: {
    extraction_date: sql`own.extraction_date`,
    ...DATE_COLUMNS,
    category_id: sql`own.category_id`,
    category_idnumber: sql`category.idnumber`,
    category_name: sql`category.name`,
    category_path: sql`category.path`,
    ...PLACE_COLUMNS,
    ...columnsOf('own', ['courses', 'active_courses', ...SUMS]),
  },
  from: sql`(${OWN}) AS own ${joinDate('own')} ${joinCategory('own')}`,
};
