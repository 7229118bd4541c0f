import { type RawBuilder, sql } from 'kysely';
import { freshDaysOf } from '../roll-ups/fresh-days.ts';
import { visibleRollUps } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { DATES_PER_WORD, type DateSet, union } from './date-set.ts';
import {
  ofDates,
  type ReadRange,
  rowsOf,
  untilAborted,
  VIEW_SUMS,
  type ViewSums,
  type Views,
  viewsOf,
  viewsTogether,
} from './read-range.ts';

/** The sums of a category's own rows, without those of the categories below it. */
export interface CategorySums {
  category: MoodleId;
  /** The dates on which any course of the category was active, as its rows of these dates name the category. */
  dates: DateSet;
  views: Views;
}

/** The sums of each category of the range that has a row. */
export async function categorySums(range: ReadRange): Promise<CategorySums[]> {
  const { fresh, others } = await freshDaysOf(range);
  const found: CategorySums[] = [];
  if (fresh.length > 0) {
    const stored = sql`${visibleRollUps(range.scope, 'rollup_days')} AND ${ofDates(fresh)}`;
    found.push(...(await read(range, sql`active_courses > 0`, stored)));
  }
  if (others.length > 0) {
    found.push(...(await read(range, sql`active_days > 0`, sql`${rowsOf(range, others)} AS activity`)));
  }
  return [...Map.groupBy(found, ({ category }) => category)].map(([category, own]) => ({
    category,
    dates: union(own.map(({ dates }) => dates)),
    views: viewsTogether(own.map(({ views }) => views)),
  }));
}

/** One record for each category and word of dates. */
async function read(
  range: ReadRange,
  isActive: RawBuilder<unknown>,
  from: RawBuilder<unknown>,
): Promise<CategorySums[]> {
  type Row = ViewSums & { category: MoodleId; word: number; bits: number };
  const day = sql`TO_DAYS(extraction_date)`;
  const { rows } = await sql<Row>`
    SELECT category_id AS category, ${day} DIV ${sql.lit(DATES_PER_WORD)} AS word, ${VIEW_SUMS},
      BIT_OR(CASE WHEN ${isActive} THEN 1 << (${day} % ${sql.lit(DATES_PER_WORD)}) ELSE 0 END) AS bits
    FROM ${from} GROUP BY category, word ORDER BY NULL`.execute(range.snapshot, untilAborted(range));
  return rows.map((row) => ({
    category: row.category,
    dates: new Map(Number(row.bits) === 0 ? [] : [[Number(row.word), Number(row.bits)]]),
    views: viewsOf(row),
  }));
}
