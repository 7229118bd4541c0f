import { type RawBuilder, sql } from 'kysely';
import { freshDaysOf } from '../roll-ups/fresh-days.ts';
import { visibleRollUps } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { DATES_PER_WORD, type DateSet, intersection, setOf, union } from './date-set.ts';
import { ofDates, type ReadRange, rowsOf, untilAborted } from './read-range.ts';

/** The dates on which any course of a category was active, as its rows of these dates name the category. */
export interface CategoryActivity {
  category: MoodleId;
  dates: DateSet;
}

/** The active dates of each category of the range that has one. */
export async function categoryActivity(range: ReadRange): Promise<CategoryActivity[]> {
  const { fresh, others } = await freshDaysOf(range);
  const found: CategoryActivity[] = [];
  if (fresh.size > 0) {
    const isActive = sql`${visibleRollUps(range.scope, 'rollup_days')} AND ${ofDates([range])} AND active_courses > 0`;
    const freshDates = setOf(fresh);
    for (const { category, dates } of await read(range, isActive)) {
      found.push({ category, dates: intersection(dates, freshDates) });
    }
  }
  if (others.length > 0) {
    found.push(...(await read(range, sql`${rowsOf(range, others)} AS activity WHERE active_days > 0`)));
  }
  return [...Map.groupBy(found, ({ category }) => category)]
    .map(([category, own]) => ({ category, dates: union(own.map(({ dates }) => dates)) }))
    .filter(({ dates }) => dates.size > 0);
}

async function read(range: ReadRange, active: RawBuilder<unknown>): Promise<CategoryActivity[]> {
  const day = sql`TO_DAYS(extraction_date)`;
  const { rows } = await sql<{ category: MoodleId; word: number; bits: number }>`
    SELECT category_id AS category, ${day} DIV ${sql.lit(DATES_PER_WORD)} AS word,
      BIT_OR(1 << (${day} % ${sql.lit(DATES_PER_WORD)})) AS bits
    FROM ${active} GROUP BY category, word`.execute(range.snapshot, untilAborted(range));
  return [...Map.groupBy(rows, ({ category }) => category)].map(([category, words]) => ({
    category,
    dates: new Map(words.map(({ word, bits }) => [Number(word), Number(bits)])),
  }));
}
