import type { Batch, TriggerType } from '@etl/core';
import { createLogger, dayOf, loadConfig } from '@etl/core';
import { scratchDatabase } from '@etl/local-stack';
import { openSource, type Source } from '@etl/moodle';
import {
  claimBatch,
  finishBatch,
  insertRun,
  inTransaction,
  migrate,
  openWarehouse,
  type Warehouse,
} from '@etl/warehouse';
import { sql } from 'kysely';
import {
  BATCH_FUNCTIONS,
  type BatchContext,
  type BatchSettings,
  type CountsCache,
  countsCache,
} from '../src/index.ts';

export const SETTINGS: BatchSettings = {
  batchSize: 1000,
  mergeBatchSize: 500,
  smallBelow: 0,
  rowsPerSlice: 1000,
  roles: { students: [5], teachers: [3, 4] },
};

/** The warehouse stores no settings here, so runs are not compared with them. */
const SETTINGS_OF_FIGURES = loadConfig({});

export interface Databases {
  sourceUrl: string;
  warehouseUrl: string;
  source: Source;
  warehouse: Warehouse;
  close(): Promise<void>;
}

/** A scratch source and a scratch warehouse on the same server, so that the documented SQL can join them. */
export async function openDatabases(mysqlUrl: string): Promise<Databases> {
  const sourceScratch = await scratchDatabase(mysqlUrl, 'moodle');
  const warehouseScratch = await scratchDatabase(mysqlUrl, 'celoeapi');
  const config = loadConfig({ MOODLE_DATABASE_URL: sourceScratch.value }, ['MOODLE_DATABASE_URL']);
  const source = openSource(config, createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test'), { connections: 3 });
  const warehouse = openWarehouse(
    { ETL_DATABASE_URL: warehouseScratch.value },
    { connections: 3, statementSeconds: 60 },
  );
  await migrate(warehouse);
  return {
    sourceUrl: sourceScratch.value,
    warehouseUrl: warehouseScratch.value,
    source,
    warehouse,
    close: async () => {
      await source.db.destroy();
      await warehouse.destroy();
      await sourceScratch.remove();
      await warehouseScratch.remove();
    },
  };
}

let runs = 0;

/** Runs batches one after the other as one run, without a queue. Returns the findings by batch. */
export async function runBatches(
  { source, warehouse }: Databases,
  date: string,
  timeZone: string,
  options: {
    batches?: readonly Batch[];
    settings?: BatchSettings;
    progress?: BatchContext['progress'];
    force?: boolean;
    trigger?: TriggerType;
    /** Seconds since the run was requested. */
    requestedAgo?: number;
    /** Earlier attempts of its batches. */
    attempts?: number;
    /** The cached counts of the worker that runs these batches. By default it has just started. */
    cache?: CountsCache | ((batch: Batch) => CountsCache);
    /** Called before each batch. */
    before?: (batch: Batch) => Promise<void>;
    /** Called in the transaction of each load, before it commits. */
    afterLoad?: () => Promise<void>;
  } = {},
) {
  const {
    batches = ['activity_counts', 'user_counts', 'main_etl'],
    settings = SETTINGS,
    cache = countsCache(),
  } = options;
  runs += 1;
  const runId = `00000000-0000-4000-8000-${String(runs).padStart(12, '0')}`;
  const day = dayOf(date, timeZone);
  const rows = await insertRun(
    warehouse,
    {
      runId,
      settings: SETTINGS_OF_FIGURES,
      day,
      trigger: options.trigger ?? 'api',
      requestedBy: 'test',
      force: options.force ?? false,
      batches: batches.map((batch) => ({ batch, jobId: `${runId}-${batch}`, limitSize: 1000 })),
    },
    60,
  );
  await sql`UPDATE log_scheduler SET created_at = NOW() - INTERVAL ${sql.lit(options.requestedAgo ?? 0)} SECOND,
      attempt = ${options.attempts ?? 0}
    WHERE run_id = ${runId}`.execute(warehouse);
  const findings = new Map<Batch, object>();
  for (const { batch, schedulerId } of rows) {
    await options.before?.(batch);
    const outcome = await claimBatch(
      warehouse,
      { schedulerId, runId, batch, settings: SETTINGS_OF_FIGURES },
      60,
    );
    if (outcome.kind !== 'claimed') throw new Error(`${batch} was not claimed: ${outcome.kind}`);
    const result = await BATCH_FUNCTIONS[batch](
      {
        day,
        runId,
        schedulerId,
        fence: outcome.claim.fence,
        startedAt: outcome.claim.startedAt,
        force: options.force ?? false,
      },
      {
        source,
        warehouse,
        cache: typeof cache === 'function' ? cache(batch) : cache,
        settings,
        signal: new AbortController().signal,
        progress: options.progress ?? (async () => {}),
      },
    );
    findings.set(batch, result.findings);
    await inTransaction(warehouse, async (trx) => {
      await result.load(trx);
      await finishBatch(trx, outcome.claim, result);
      await options.afterLoad?.();
    });
    result.committed?.();
  }
  return findings;
}
