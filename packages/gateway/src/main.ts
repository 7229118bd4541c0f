import { startAlerts } from '@etl/alerts';
import {
  asError,
  createLogger,
  hasOwnSignIn,
  hasTokenKey,
  type Logger,
  loadConfig,
  type OnStop,
  readEnvironment,
  retryUntilReachable,
  runProcess,
  settingsDifference,
  startTracing,
} from '@etl/core';
import { openQueues } from '@etl/queue';
import {
  openWarehouse,
  openWarehouseForProbes,
  pendingMigrations,
  storedSettings,
  TABLES_ARE_OLD,
  type Warehouse,
} from '@etl/warehouse';
import { buildApp } from './app.ts';
import { SIGN_IN_IS_OFF } from './authentication/sessions.ts';
import { isBuilt, NOT_BUILT } from './dashboard/pages.ts';
import type { GatewayConfig } from './services.ts';

/** Enough for short reads and inserts: a hundred concurrent callers wait a few milliseconds for a connection. */
const CONNECTIONS = 10;

/** The time limit of a statement. After it, the gateway answers that the warehouse is unavailable. */
const STATEMENT_SECONDS = 10;

/**
 * The server ends a transaction that is idle for this long, so that a frozen gateway does not keep locks. It also
 * ends an export whose reader stopped reading.
 */
const SILENCE_SECONDS = 30;

/** The gateway process serves until it is stopped. Then it answers the requests in progress. */
async function main(onStop: OnStop): Promise<void> {
  const env = readEnvironment();
  // Production requires the board: operators see and retry failed runs there.
  const board = env.NODE_ENV === 'production' ? (['BULL_BOARD_USER', 'BULL_BOARD_PASSWORD'] as const) : [];
  const config = loadConfig(env, ['ETL_DATABASE_URL', 'REDIS_URL', ...board], { isGateway: true });
  const log = createLogger(config, 'gateway');
  const tracing = await startTracing(config, 'etl-gateway', log);
  const warehouse = openWarehouse(config, {
    connections: CONNECTIONS,
    statementSeconds: STATEMENT_SECONDS,
    silenceSeconds: SILENCE_SECONDS,
  });
  const probes = openWarehouseForProbes(config);
  const queues = openQueues(config, log);
  const now = () => new Date();
  const app = await buildApp({ config, warehouse, probes, queues, log, now });
  const alerts = startAlerts({ warehouse, queues, others: [], config, log });

  const stopped = new AbortController();
  onStop(log, async (graceMs) => {
    stopped.abort();
    // A slow reader is cut off at the end of the grace period.
    setTimeout(() => app.server.closeAllConnections(), graceMs);
    await Promise.all([app.close(), alerts.stop()]);
    await queues.close();
    await Promise.all([warehouse.destroy(), probes.destroy()]);
    await tracing.stop();
  });
  // Else the first caller could get QUEUE_UNAVAILABLE during the connection.
  await queues.waitUntilConnected().catch(() => {});
  await app.listen({ port: config.PORT, host: config.HOST });
  warnOfMissingTokens(config, log);
  warnOfDashboard(config, log);
  const checkWarehouse = async () => {
    await warnOfMissingTables(warehouse, log);
    await warnOfOtherSettings(warehouse, config, log);
  };
  await retryUntilReachable('ETL_DATABASE_URL', checkWarehouse, { log, signal: stopped.signal }).catch(
    (error: unknown) => log.warn({ err: asError(error) }, 'warehouse could not be checked'),
  );
}

function warnOfMissingTokens(config: GatewayConfig, log: Logger): void {
  if (config.ETL_WEBHOOK_TOKENS.length === 0 && !hasTokenKey(config) && !hasOwnSignIn(config)) {
    log.warn('every API call is rejected: set ETL_WEBHOOK_TOKENS or a key for signed tokens');
  }
}

function warnOfDashboard(config: GatewayConfig, log: Logger): void {
  if (!isBuilt()) log.warn(NOT_BUILT);
  else if (config.ETL_SESSION_SECRET === undefined) log.warn(SIGN_IN_IS_OFF);
}

/** The gateway starts without its tables, because `migrate` may still create them. */
async function warnOfMissingTables(warehouse: Warehouse, log: Logger): Promise<void> {
  const pending = await pendingMigrations(warehouse);
  if (pending.length > 0) log.warn({ pending }, TABLES_ARE_OLD);
}

/** A gateway whose settings differ serves reads, but starts no run. */
async function warnOfOtherSettings(warehouse: Warehouse, config: GatewayConfig, log: Logger): Promise<void> {
  const difference = settingsDifference(config, await storedSettings(warehouse));
  if (difference)
    log.error(
      { why: difference.message },
      'settings differ from the stored ones: this gateway starts no run',
    );
}

function describe(error: unknown): string {
  const { code, port, message, stack } = error as Error & { code?: string; port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is in use by another program; PORT names another one.`;
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return `HOST is no address of this machine: ${message}`;
  return stack ?? String(error);
}

await runProcess(main, describe);
