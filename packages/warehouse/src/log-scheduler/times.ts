import { sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';

/** The warehouse's clock, which sets every time in `log_scheduler`. The clocks of the processes differ. */
export const NOW = sql`NOW(3)`;

export function leaseEnd(seconds: number) {
  return sql`NOW(3) + INTERVAL ${sql.lit(seconds)} SECOND`;
}

/** Columns of times for a write. Their types forbid it otherwise: no time may come from the clock of a process. */
export function timestamps(
  values: Partial<
    Record<'started_at' | 'finished_at' | 'failed_at' | 'lease_until', ReturnType<typeof leaseEnd> | null>
  >,
) {
  return values as Record<never, never>;
}

/** The time by the warehouse's clock, in UTC, as `YYYY-MM-DD HH:MM:SS`. Rounded down to the second. */
export async function databaseTime(warehouse: Warehouse): Promise<string> {
  const { rows } = await sql<{ now: string }>`SELECT NOW() AS now`.execute(warehouse);
  return rows[0]?.now ?? '';
}
