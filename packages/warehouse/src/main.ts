import {
  adviceFor,
  asError,
  createLogger,
  isDatabaseUnavailable,
  type Logger,
  loadConfig,
  readEnvironment,
  runProcess,
} from '@etl/core';
import { migrate, newerMigrations } from './migrate.ts';
import { buildRollUpsAlone } from './roll-ups/build-alone.ts';
import { openWarehouse, type Warehouse } from './warehouse.ts';

/**
 * The `migrate` command brings the warehouse to the newest schema, and builds its roll-ups. A signal may end it at any point: every step
 * can be repeated.
 */
async function main(): Promise<void> {
  const config = loadConfig(readEnvironment(), ['ETL_DATABASE_URL']);
  const log = createLogger(config, 'migrate');
  // No statement timeout: changing a large table takes long.
  const warehouse = openWarehouse(config, { connections: 2, statementSeconds: 0 });
  try {
    const migrations = await migrate(warehouse, {
      onLockedViews: (why) => log.warn({ why }, 'the views for other tools stay as they are'),
    });
    log.info({ migrations }, 'migrations done');
    const newer = await newerMigrations(warehouse);
    if (newer.length > 0)
      log.warn({ newer }, 'a newer version has migrated this warehouse, which does no harm');
    await fillRollUps(warehouse, config.ETL_SUPPRESS_BELOW, log);
  } finally {
    await warehouse.destroy();
  }
}

const PROGRESS_EVERY_MS = 5000;

/** Builds the roll-ups that are missing or stale. A kill loses one part at most: the next `migrate` goes on. */
async function fillRollUps(warehouse: Warehouse, smallBelow: number, log: Logger): Promise<void> {
  const began = performance.now();
  let told = began;
  const built = await buildRollUpsAlone(warehouse, {
    smallBelow,
    onProgress: (done, all) => {
      if (performance.now() - told < PROGRESS_EVERY_MS) return;
      told = performance.now();
      log.info({ done, all }, 'building roll-ups');
    },
  });
  if (built === undefined) log.info('another process builds the roll-ups');
  else log.info({ built, seconds: Math.round((performance.now() - began) / 1000) }, 'roll-ups built');
}

function describe(error: unknown): string {
  if (isDatabaseUnavailable(error)) {
    return `Failed to connect to database: ${(error as Error).message}. Check ETL_DATABASE_URL and that the server runs.`;
  }
  return [...chainOf(asError(error)), 'Nothing is lost. Remove the cause, then run migrate again.'].join(
    '\n',
  );
}

/** The messages of the error and of its causes, each with what to do about it. */
function chainOf(error: Error): string[] {
  const advice = adviceFor(error);
  if (error.cause !== undefined) return [error.message, ...chainOf(asError(error.cause))];
  // An error that no server sent is a bug: its stack helps.
  const words = 'errno' in error ? error.message : (error.stack ?? error.message);
  return [words, ...(advice ? [advice] : [])];
}

await runProcess(main, describe);
