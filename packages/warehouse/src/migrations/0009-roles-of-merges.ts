import { type Kysely, sql } from 'kysely';

/**
 * Version 0.2.0 recorded the roles with the user counts alone. A merge gets the roles of the user counts that it
 * merged, so that a change of the stored roles marks its date, too.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const counts = Map.groupBy(await completed(db, 'user_counts', 'NOT NULL'), ({ date }) => date);
  for (const merge of await completed(db, 'main_etl', 'NULL')) {
    const merged = counts.get(merge.date)?.findLast(({ finished }) => finished <= merge.finished);
    if (!merged) continue;
    const details = { ...JSON.parse(merge.details), roles: JSON.parse(merged.details).roles };
    await sql`
      UPDATE log_scheduler SET details = ${JSON.stringify(details)}, updated_at = updated_at
      WHERE id = ${merge.id}`.execute(db);
  }
}

/** The roles stay: older versions do not read them. */
export async function down(): Promise<void> {}

interface Completed {
  id: number;
  date: string;
  finished: string;
  details: string;
}

/** The completed rows of a batch, except those of the PHP system, that record roles, or that do not. Oldest end first. */
async function completed(
  db: Kysely<unknown>,
  batch: string,
  roles: 'NULL' | 'NOT NULL',
): Promise<Completed[]> {
  const { rows } = await sql<Completed>`
    SELECT id, extraction_date AS date, finished_at AS finished, details FROM log_scheduler
    WHERE batch_name = ${batch} AND status = 1 AND finished_at IS NOT NULL
      AND JSON_EXTRACT(details, '$.adopted') IS NULL AND JSON_EXTRACT(details, '$.roles') IS ${sql.raw(roles)}
    ORDER BY finished_at, id`.execute(db);
  return rows;
}
