import { startAlerts } from '@etl/alerts';
import {
  asError,
  createLogger,
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
import type { GatewayConfig } from './services.ts';

/** For short reads and inserts; a hundred callers at once wait for each other a few milliseconds. */
const CONNECTIONS = 10;

/** A caller of the API waits for no statement longer: a database that is silent is one that is down. */
const STATEMENT_SECONDS = 10;

/**
 * A gateway that stands still in the middle of a transaction must not keep its locks. Only an export pauses for so long, where its
 * reader takes no more: it is cut off.
 */
const SILENCE_SECONDS = 30;

/** The gateway process serves until it is stopped. Then it answers the requests in progress. */
async function main(onStop: OnStop): Promise<void> {
  const env = readEnvironment();
  // In production there is no going without the board: it is where a failed night is seen and retried.
  const board = env.NODE_ENV === 'production' ? (['BULL_BOARD_USER', 'BULL_BOARD_PASSWORD'] as const) : [];
  const config = loadConfig(env, ['ETL_DATABASE_URL', 'REDIS_URL', ...board]);
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
    // A client that reads slowly is cut off in the end.
    setTimeout(() => app.server.closeAllConnections(), graceMs);
    await Promise.all([app.close(), alerts.stop()]);
    await queues.close();
    await Promise.all([warehouse.destroy(), probes.destroy()]);
    await tracing.stop();
  });
  // The first caller should not be told that a queue is away which is only just being connected to.
  await queues.waitUntilConnected().catch(() => {});
  await app.listen({ port: config.PORT, host: config.HOST });
  warnOfMissingTokens(config, log);
  const look = async () => {
    await warnOfMissingTables(warehouse, log);
    await warnOfOtherSettings(warehouse, config, log);
  };
  await retryUntilReachable('ETL_DATABASE_URL', look, { log, signal: stopped.signal }).catch(
    (error: unknown) =>
      // What is wrong with it every call will say.
      log.warn({ err: asError(error) }, 'could not be looked at'),
  );
}

function warnOfMissingTokens(config: GatewayConfig, log: Logger): void {
  const hasKey = config.ETL_JWT_SECRET !== undefined || config.ETL_JWT_PUBLIC_KEY !== undefined;
  if (config.ETL_WEBHOOK_TOKENS.length === 0 && !hasKey) {
    log.warn('every call is refused: ETL_WEBHOOK_TOKENS names no token, and there is no key for signed ones');
  }
}

/** They may still come, so the gateway starts without them; but its log says what every call will run into. */
async function warnOfMissingTables(warehouse: Warehouse, log: Logger): Promise<void> {
  const pending = await pendingMigrations(warehouse);
  if (pending.length > 0) log.warn({ pending }, TABLES_ARE_OLD);
}

/** Such a gateway serves reads, but starts no run. */
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
