import { sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';

/**
 * A text that differs whenever the snapshot's answers can differ: it is made of every run's rows, the category tree
 * and the stored settings. It is not made of the newest time of a change, because a transaction can commit after a
 * later one. Progress and leases are left out, so that a batch that runs does not change it each second.
 */
export async function dataVersion(snapshot: Warehouse): Promise<string> {
  const runs = sql.join(
    ['id', 'run_id', 'status', 'fence', 'attempt', 'finished_at', 'failed_at', 'failure_code'].map(orNothing),
  );
  const categories = sql.join(['id', 'parent', 'path', 'idnumber', 'name'].map(orNothing));
  const settings = sql.join(['time_zone', 'student_role_ids', 'teacher_role_ids'].map(orNothing));
  const { rows } = await sql<{ version: string }>`
    SELECT CONCAT_WS('/',
      (SELECT ${digestOfRows(runs)} FROM log_scheduler),
      (SELECT ${digestOfRows(categories)} FROM course_categories_etl),
      (SELECT ${digestOfRows(settings)} FROM etl_settings)) AS version`.execute(snapshot);
  return rows[0]?.version ?? '';
}

function orNothing(column: string) {
  return sql`COALESCE(${sql.ref(column)}, '')`;
}

/** Of all rows, in whatever order. Each row has an id, so that no two rows cancel each other. */
function digestOfRows(columns: ReturnType<typeof sql>) {
  const row = sql`CAST(CONV(LEFT(SHA2(CONCAT_WS('|', ${columns}), 256), 16), 16, 10) AS UNSIGNED)`;
  return sql`CONCAT(COUNT(*), ':', COALESCE(BIT_XOR(${row}), 0))`;
}
