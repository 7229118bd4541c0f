import { type Scratch, scratchDatabase } from '@etl/local-stack';
import { migrate, openWarehouse, type Warehouse } from '@etl/warehouse';
import { sql } from 'kysely';
import { inject } from 'vitest';

/** A migrated warehouse of its own. */
export async function openScratchWarehouse(): Promise<{
  warehouse: Warehouse;
  databaseUrl: string;
  close(): Promise<void>;
}> {
  const database: Scratch<string> = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  const warehouse = openWarehouse(
    { ETL_DATABASE_URL: database.value },
    { connections: 4, statementSeconds: 60 },
  );
  await migrate(warehouse);
  return {
    warehouse,
    databaseUrl: database.value,
    close: async () => {
      await warehouse.destroy();
      await database.remove();
    },
  };
}

/** Inserts a row of a merge, or of another batch, that ended just now: 1 completed, 3 failed, 2 in progress. */
export async function writeMerge(
  warehouse: Warehouse,
  date: string,
  status: 1 | 2 | 3,
  {
    error = null as string | null,
    code = 'ERROR',
    provisional = false,
    batch = 'main_etl',
    trigger = 'api',
  } = {},
): Promise<void> {
  const name = `${date} ${Math.random()}`;
  await sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date,
      end_date, trigger_type, requested_by, details, active_key, error_details, failure_code,
      finished_at, failed_at, created_at)
    VALUES (${name.slice(0, 36)}, ${name}, ${batch}, ${date}, 1, ${status}, ${date}, ${date}, ${trigger}, 'test',
      ${JSON.stringify({ time_zone: 'UTC', provisional })}, ${status === 2 ? name : null}, ${error},
      ${status === 3 ? code : null}, ${status === 2 ? null : sql`UTC_TIMESTAMP(3)`},
      ${status === 3 ? sql`UTC_TIMESTAMP(3)` : null}, UTC_TIMESTAMP(6))`.execute(warehouse);
}
