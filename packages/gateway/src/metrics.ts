import { lateDates } from '@etl/alerts';
import {
  asError,
  BATCHES,
  type Logger,
  newestDueDate,
  PROBE_TIMEOUT_MS,
  sharedCheck,
  yesterday,
} from '@etl/core';
import { queueName } from '@etl/queue';
import { activeBatches, lastFinalDate } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AddressKeys } from './authentication/address-keys.ts';
import type { Services } from './services.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Jobs of a backfill wait as `prioritized`. */
const JOB_STATES = ['waiting', 'prioritized', 'active', 'delayed', 'waiting-children', 'failed'] as const;

/**
 * `GET /metrics` for Prometheus: metrics of this process, of the queue, and of the runs in `log_scheduler`. Metrics
 * of an unreachable server are left out, and its `etl_dependency_up` is 0. The process measures at most once a
 * second, for any number of scrapes.
 */
export function metricsRoute(
  app: FastifyInstance,
  services: Services,
  addressKeys: AddressKeys | undefined,
): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'etl_http_request_duration_seconds',
    help: 'Time until an answer was sent, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  });
  const gauges = openGauges(registry);
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.config.isOpenEnded) return;
    const route = request.routeOptions.url ?? 'none';
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  const queue = sharedCheck(() => measureQueue(services));
  const runs = sharedCheck(() => measureRuns(services));
  const measure = async () => {
    const [ofQueue, ofRuns] = await Promise.allSettled([queue(), runs()]);
    showQueue(gauges, services.log, ofQueue);
    showRuns(gauges, services.log, ofRuns);
    const isFailing = addressKeys?.isFailing();
    if (isFailing !== undefined) gauges.up.set({ dependency: 'keys' }, isFailing ? 0 : 1);
    return registry.metrics();
  };
  // Each of the two measurements may take PROBE_TIMEOUT_MS.
  const text = sharedCheck(measure, { timeoutMs: 2 * PROBE_TIMEOUT_MS });
  app.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await text()));
}

type Gauges = ReturnType<typeof openGauges>;

function openGauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  return {
    up: gauge('etl_dependency_up', '1 if the server answered within two seconds, else 0', ['dependency']),
    jobs: gauge('etl_queue_jobs', 'Jobs of each queue, by state', ['queue', 'state']),
    workers: gauge('etl_workers', 'Workers connected to Redis that take the batch', ['batch']),
    batches: gauge('etl_batches', 'Batches of log_scheduler that are queued or running', ['batch', 'status']),
    oldest: gauge('etl_oldest_batch_seconds', 'Age of the oldest queued or running batch', ['status']),
    behind: gauge(
      'etl_days_behind',
      'Dates from the newest with final figures to the newest that is due; absent if none has final figures',
    ),
    late: gauge('etl_late_dates', 'Dates that still had no figures at the end of the next day'),
  };
}

/** The values of a measurement, or its error. */
type Measured<Measure extends (services: Services) => Promise<unknown>> = PromiseSettledResult<
  Awaited<ReturnType<Measure>>
>;

async function measureQueue({ queues }: Services) {
  const jobs = await Promise.all(
    BATCHES.map(async (batch) => ({
      batch,
      counts: await queues.byBatch[batch].getJobCounts(...JOB_STATES),
    })),
  );
  return { jobs, workers: await queues.workers() };
}

function showQueue({ up, jobs, workers }: Gauges, log: Logger, found: Measured<typeof measureQueue>): void {
  for (const gauge of [jobs, workers]) gauge.reset();
  up.set({ dependency: 'queue' }, found.status === 'fulfilled' ? 1 : 0);
  if (found.status === 'rejected') {
    log.debug({ err: asError(found.reason) }, 'queue metrics failed');
    return;
  }
  for (const { batch, counts } of found.value.jobs) {
    for (const [state, count] of Object.entries(counts)) jobs.set({ queue: queueName(batch), state }, count);
  }
  for (const [batch, count] of Object.entries(found.value.workers)) workers.set({ batch }, count);
}

async function measureRuns({ probes, config, now }: Services) {
  const [active, final, late] = await Promise.all([
    activeBatches(probes),
    lastFinalDate(probes),
    lateDates(probes, config, now()),
  ]);
  const { ETL_SCHEDULE: schedule, ETL_TIMEZONE: zone } = config;
  const due = schedule === null ? yesterday(zone, now()) : newestDueDate(schedule, zone, now());
  return { active, final, late, due };
}

function showRuns(
  { up, batches, oldest, behind, late }: Gauges,
  log: Logger,
  found: Measured<typeof measureRuns>,
): void {
  for (const gauge of [batches, oldest]) gauge.reset();
  behind.remove();
  late.remove();
  up.set({ dependency: 'database' }, found.status === 'fulfilled' ? 1 : 0);
  if (found.status === 'rejected') {
    log.debug({ err: asError(found.reason) }, 'run metrics failed');
    return;
  }
  const { active, final, due } = found.value;
  late.set(found.value.late.length);
  for (const status of ['queued', 'running'] as const) {
    const such = active.filter((one) => one.status === status);
    oldest.set({ status }, Math.max(0, ...such.map(({ oldestSeconds }) => oldestSeconds)));
    for (const batch of BATCHES) {
      batches.set({ batch, status }, such.find((one) => one.batch === batch)?.count ?? 0);
    }
  }
  if (final !== undefined) {
    behind.set(Math.max(0, (Date.parse(due) - Date.parse(final)) / 86_400_000));
  }
}
