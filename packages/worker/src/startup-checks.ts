import { asError, type Logger, retryUntilReachable } from '@etl/core';
import { checkLogPlan, ScanRefused, type Source } from '@etl/moodle';
import { pendingMigrations, TABLES_ARE_OLD, type Warehouse } from '@etl/warehouse';

/**
 * Logs at the start what would fail every run, so that an operator can mend it before the night. Does not wait for the
 * servers.
 */
export function startStartupChecks(
  warehouse: Warehouse,
  source: Source,
  { log, signal }: { log: Logger; signal: AbortSignal },
): void {
  const checks = [
    retryUntilReachable('ETL_DATABASE_URL', () => checkTables(warehouse, log), { log, signal }),
    retryUntilReachable('MOODLE_DATABASE_URL', () => checkPlan(source, signal, log), { log, signal }),
  ];
  for (const check of checks)
    void check.catch((error: unknown) => log.warn({ err: asError(error) }, 'startup check failed'));
}

async function checkTables(warehouse: Warehouse, log: Logger): Promise<void> {
  const pending = await pendingMigrations(warehouse);
  if (pending.length > 0) log.warn({ pending }, TABLES_ARE_OLD);
}

async function checkPlan(source: Source, signal: AbortSignal, log: Logger): Promise<void> {
  try {
    await checkLogPlan(source, signal);
  } catch (error) {
    if (!(error instanceof ScanRefused)) throw error;
    log.error({ why: error.message }, 'runs will fail');
  }
}
