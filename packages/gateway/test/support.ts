import { randomUUID } from 'node:crypto';
import { createLogger, dayOf, type Logger, loadConfig, perViewKind } from '@etl/core';
import { scratchDatabase, scratchName } from '@etl/local-stack';
import { openQueues, type Queues } from '@etl/queue';
import {
  type BatchFindings,
  claimBatch,
  finishBatch,
  insertRun,
  inTransaction,
  migrate,
  openWarehouse,
  openWarehouseForProbes,
  recordRestatement,
  replaceUserActivity,
  type UserActivity,
  type Warehouse,
  writeDayPart,
} from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import type { KyselyPlugin } from 'kysely';
import { type AppOptions, buildApp } from '../src/app.ts';
import { checkAnswers } from './documented-answers.ts';

export const TOKEN = 'a-token-for-these-tests';
export const API = '/api/user_activity_etl';

export interface Gateway {
  app: FastifyInstance;
  warehouse: Warehouse;
  queues: Queues;
  /** A further gateway on the same warehouse and queues, with these variables too. */
  further(env: Record<string, string>): Promise<FastifyInstance>;
  close(): Promise<void>;
}

/** What a test can change. */
interface GatewayOptions {
  /** They see the statements of the app. */
  plugins?: KyselyPlugin[];
  env?: Record<string, string>;
  log?: Logger | undefined;
  /** Runs before the migration, with the URL of the database. */
  prepare?: (url: string) => Promise<void>;
  now?: () => Date;
  options?: AppOptions;
}

/**
 * Opens the gateway's app on a scratch warehouse and its own queues. The institution is in Jakarta. Every answer to
 * `app.inject` is checked against the OpenAPI document.
 */
export async function openGateway(
  servers: { mysqlUrl: string; redisUrl: string },
  {
    plugins = [],
    env = {},
    log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test'),
    prepare = async () => {},
    now = () => new Date(),
    options = {},
  }: GatewayOptions = {},
): Promise<Gateway> {
  const database = await scratchDatabase(servers.mysqlUrl, 'celoeapi');
  const variables = {
    ETL_DATABASE_URL: database.value,
    REDIS_URL: servers.redisUrl,
    ETL_QUEUE_PREFIX: `{${scratchName('etl')}}`,
    ETL_WEBHOOK_TOKENS: `test:${TOKEN},other:${TOKEN}-2`,
    ETL_TIMEZONE: 'Asia/Jakarta',
    ETL_RATE_LIMIT: 'off',
    ...env,
  };
  const configWith = (more: Record<string, string>) =>
    loadConfig({ ...variables, ...more }, ['ETL_DATABASE_URL', 'REDIS_URL'], { isGateway: true });
  const config = configWith({});
  const warehouse = openWarehouse(config, { connections: 10, statementSeconds: 10 });
  await prepare(database.value);
  await migrate(warehouse);
  const queues = openQueues(config, log);
  await queues.waitUntilConnected();
  const probes = openWarehouseForProbes(config);
  const withPlugins = (db: Warehouse) => plugins.reduce((found, plugin) => found.withPlugin(plugin), db);
  const open = async (more: Record<string, string>) => {
    const services = { warehouse: withPlugins(warehouse), probes: withPlugins(probes), queues, log, now };
    // A developer may have built the dashboard.
    const found = await buildApp(
      { config: configWith(more), ...services },
      { dashboard: '/nowhere', ...options },
    );
    await checkAnswers(found);
    return found;
  };
  const apps = [await open({})];
  return {
    app: apps[0] as FastifyInstance,
    warehouse,
    queues,
    further: async (more) => {
      const found = await open(more);
      apps.push(found);
      return found;
    },
    close: async () => {
      for (const app of apps) await app.close();
      await queues.close();
      await Promise.all([warehouse.destroy(), probes.destroy()]);
      await database.remove();
    },
  };
}

/** The merged figures of a course. */
export function course(id: number): UserActivity {
  return {
    moodle_course_id: id,
    course_id: 'F1',
    id_number: '',
    course_name: 'Logic',
    course_shortname: 'L',
    category_id: 7,
    category_path: '/7',
    num_teachers: 1,
    num_students: 1,
    ...perViewKind(() => 0),
    file_views: 1,
    total_views: 1,
    avg_activity_per_student_per_day: '1.00',
    active_days: 1,
  };
}

/** Runs a merge of a date that loads these rows. */
export async function mergeRows(
  { warehouse }: Gateway,
  date: string,
  rows: readonly UserActivity[],
  findings: BatchFindings = {},
  smallBelow = 0,
): Promise<void> {
  const runId = randomUUID();
  const settings = loadConfig({});
  const [row] = await insertRun(
    warehouse,
    {
      runId,
      settings,
      day: dayOf(date, 'UTC'),
      trigger: 'api',
      requestedBy: 'test',
      force: false,
      batches: [{ batch: 'main_etl', jobId: runId, limitSize: 500 }],
    },
    60,
  );
  const job = { schedulerId: row?.schedulerId as number, runId, batch: 'main_etl', settings } as const;
  const outcome = await claimBatch(warehouse, job, 60);
  if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
  await inTransaction(warehouse, async (trx) => {
    const replaced = await replaceUserActivity(trx, date, rows, 500);
    const merge = { date, schedulerId: job.schedulerId, rows, smallBelow };
    const read = findings.log_rows as number | undefined;
    const counts = { timeZone: 'UTC', isForced: false, logRows: read === undefined ? undefined : { read } };
    await recordRestatement(trx, { ...merge, runId, replaced, counts });
    await writeDayPart(trx, merge);
    await finishBatch(trx, outcome.claim, { numrow: rows.length, findings });
  });
}
