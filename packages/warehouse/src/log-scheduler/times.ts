import { sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';

/** By the database's clock, as every time in `log_scheduler`: those of the processes differ. */
export const NOW = sql`NOW(3)`;

export function leaseEnd(seconds: number) {
  return sql`NOW(3) + INTERVAL ${sql.lit(seconds)} SECOND`;
}

/** The table's times are typed as not writable, since none may come from a process's clock; the database's own may. */
export function timestamps(
  values: Partial<
    Record<'started_at' | 'finished_at' | 'failed_at' | 'lease_until', ReturnType<typeof leaseEnd> | null>
  >,
) {
  return values as Record<never, never>;
}

/** The time by the database's clock, in UTC, to the second, rounded down: `YYYY-MM-DD HH:MM:SS`. */
export async function databaseTime(warehouse: Warehouse): Promise<string> {
  const { rows } = await sql<{ now: string }>`SELECT NOW() AS now`.execute(warehouse);
  return rows[0]?.now ?? '';
}
