import { sql } from 'kysely';
import type { MoodleId } from '../tables.ts';
import { DATES_PER_WORD, type DateSet } from './date-set.ts';
import { type ReadRange, rowsOf, untilAborted } from './read-range.ts';

/** The dates on which any course of a category was active, as its rows of these dates name the category. */
export interface CategoryActivity {
  category: MoodleId;
  dates: DateSet;
}

/** The active dates of each category of the range that has one. */
export async function categoryActivity(range: ReadRange): Promise<CategoryActivity[]> {
  const day = sql`TO_DAYS(extraction_date)`;
  const { rows } = await sql<{ category: MoodleId; word: number; bits: number }>`
    SELECT category_id AS category, ${day} DIV ${sql.lit(DATES_PER_WORD)} AS word,
      BIT_OR(1 << (${day} % ${sql.lit(DATES_PER_WORD)})) AS bits
    FROM ${rowsOf(range)} AS activity WHERE active_days > 0 GROUP BY category, word`.execute(
    range.snapshot,
    untilAborted(range),
  );
  return [...Map.groupBy(rows, ({ category }) => category)].map(([category, words]) => ({
    category,
    dates: new Map(words.map(({ word, bits }) => [Number(word), Number(bits)])),
  }));
}
