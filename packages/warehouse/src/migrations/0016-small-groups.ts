import { type Kysely, type RawBuilder, sql } from 'kysely';
import { addColumnIfMissing, dropColumnIfPresent, hasColumn } from './repeatable.ts';

const IS_SMALL = sql`tinyint(1) NOT NULL DEFAULT 0`;

/** The tables whose sums have small rows apart, and their other keys. */
const APART: Record<string, readonly string[]> = {
  rollup_days: ['extraction_date', 'category_id'],
  rollup_courses: ['part', 'moodle_course_id', 'category_id'],
  rollup_enrolments: ['part', 'category_id', 'moodle_course_id'],
  restatement_categories: ['restatement', 'category_id'],
};

/**
 * Small groups: sums of rows with few students stand apart, so that they can be withheld. What is stored already has
 * none of them: parts are built anew if small groups are withheld, and restatements stay with administrators.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, keys] of Object.entries(APART)) {
    if (await hasColumn(db, table, 'is_small')) continue;
    await sql`ALTER TABLE ${sql.table(table)} ADD COLUMN is_small ${IS_SMALL} AFTER category_id,
      DROP PRIMARY KEY, ADD PRIMARY KEY (${columns([...keys, 'is_small'])})`.execute(db);
  }
  await addColumnIfMissing(db, 'restatements', 'suppress_below', sql`int(11) NOT NULL DEFAULT 0`);
  await addColumnIfMissing(db, 'restatement_courses', 'old_is_small', IS_SMALL);
  await addColumnIfMissing(db, 'restatement_courses', 'new_is_small', IS_SMALL);
}

/** Sums of small rows become part of the others: a former version knows one row of each category. */
export async function down(db: Kysely<unknown>): Promise<void> {
  // Parts are built anew.
  for (const table of ['rollup_parts', 'rollup_days', 'rollup_courses', 'rollup_enrolments']) {
    await sql`DELETE FROM ${sql.table(table)}`.execute(db);
  }
  if (await hasColumn(db, 'restatement_categories', 'is_small')) await addSmallSums(db);
  for (const [table, keys] of Object.entries(APART)) {
    if (!(await hasColumn(db, table, 'is_small'))) continue;
    await sql`ALTER TABLE ${sql.table(table)} DROP PRIMARY KEY, DROP COLUMN is_small,
      ADD PRIMARY KEY (${columns(keys)})`.execute(db);
  }
  await dropColumnIfPresent(db, 'restatements', 'suppress_below');
  await dropColumnIfPresent(db, 'restatement_courses', 'old_is_small');
  await dropColumnIfPresent(db, 'restatement_courses', 'new_is_small');
}

interface Sums {
  restatement: number;
  category_id: number | string;
  old_sums: string | null;
  new_sums: string | null;
  changed: number;
  unlisted: number;
}

async function addSmallSums(db: Kysely<unknown>): Promise<void> {
  const small = await sql<Sums>`SELECT * FROM restatement_categories WHERE is_small = 1`.execute(db);
  for (const own of small.rows) {
    const key = sql`restatement = ${own.restatement} AND category_id = ${sql.raw(String(BigInt(own.category_id)))}`;
    // Both or neither, so that no sum is added twice.
    await db.transaction().execute(async (trx) => {
      const { rows } = await sql<Sums>`
        SELECT * FROM restatement_categories WHERE ${key} AND is_small = 0`.execute(trx);
      const [other] = rows;
      if (other) {
        await sql`DELETE FROM restatement_categories WHERE ${key} AND is_small = 1`.execute(trx);
        await sql`UPDATE restatement_categories SET old_sums = ${added(own.old_sums, other.old_sums)},
          new_sums = ${added(own.new_sums, other.new_sums)},
          changed = ${own.changed + other.changed}, unlisted = ${own.unlisted + other.unlisted} WHERE ${key}`.execute(
          trx,
        );
      } else await sql`UPDATE restatement_categories SET is_small = 0 WHERE ${key}`.execute(trx);
    });
  }
}

/** The sums of two JSON objects of numbers. */
function added(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  const sums: Record<string, number> = JSON.parse(a);
  for (const [figure, value] of Object.entries<number>(JSON.parse(b))) {
    sums[figure] = (sums[figure] ?? 0) + value;
  }
  return JSON.stringify(sums);
}

function columns(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(name)));
}
