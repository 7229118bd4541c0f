import { lateDates } from '@etl/alerts';
import { asError, BATCHES, newestDueDate, WATCHER_PATIENCE_MS, within, yesterday } from '@etl/core';
import { queueName } from '@etl/queue';
import { activity, lastFinalDate } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Services } from './services.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Those of a backfill wait as `prioritized`. */
const JOB_STATES = ['waiting', 'prioritized', 'active', 'delayed', 'waiting-children', 'failed'] as const;

/**
 * `GET /metrics`, for Prometheus: of this process, of the queue, and of the runs as `log_scheduler` has them at this moment. What
 * cannot be asked is left out, and `etl_dependency_up` says so.
 */
export function metricsRoute(app: FastifyInstance, services: Services): void {
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
    const route = request.routeOptions.url ?? 'none';
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  const measure = async () => {
    await Promise.all([lookAtQueue(services, gauges), lookAtRuns(services, gauges)]);
    return registry.metrics();
  };
  // Who scrapes at the same time gets the same: one measurement empties the gauges that another fills.
  let underWay: Promise<string> | undefined;
  app.get('/metrics', async (_, reply) => {
    underWay ??= measure().finally(() => {
      underWay = undefined;
    });
    return reply.type(registry.contentType).send(await underWay);
  });
}

type Gauges = ReturnType<typeof openGauges>;

function openGauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  return {
    up: gauge('etl_dependency_up', '1 where it has answered within two seconds, else 0', ['dependency']),
    jobs: gauge('etl_queue_jobs', 'Jobs of each queue, by state', ['queue', 'state']),
    workers: gauge('etl_workers', 'Workers that take a batch, as far as Redis sees them', ['batch']),
    batches: gauge('etl_batches', 'Batches of log_scheduler that are queued or running', ['batch', 'status']),
    oldest: gauge('etl_oldest_batch_seconds', 'How long the oldest such batch has been so', ['status']),
    behind: gauge(
      'etl_days_behind',
      'Dates from the newest with final figures to the newest that is due; absent if none has final figures',
    ),
    late: gauge('etl_late_dates', 'Dates whose figures were not there by the end of the day after them'),
  };
}

async function lookAtQueue({ queues, log }: Services, { up, jobs, workers }: Gauges): Promise<void> {
  for (const gauge of [jobs, workers]) gauge.reset();
  const look = async () => {
    for (const batch of BATCHES) {
      const counts = await queues.byBatch[batch].getJobCounts(...JOB_STATES);
      for (const [state, count] of Object.entries(counts))
        jobs.set({ queue: queueName(batch), state }, count);
    }
    for (const [batch, count] of Object.entries(await queues.workers())) workers.set({ batch }, count);
  };
  const why = await within(WATCHER_PATIENCE_MS, look()).then(() => undefined, asError);
  if (why) log.debug({ err: why }, 'queue could not be measured');
  up.set({ dependency: 'queue' }, why ? 0 : 1);
}

async function lookAtRuns(
  { warehouse, config, now, log }: Services,
  { up, batches, oldest, behind, late }: Gauges,
): Promise<void> {
  for (const gauge of [batches, oldest]) gauge.reset();
  behind.remove();
  late.remove();
  const look = async () => {
    const [active, final, missing] = await Promise.all([
      activity(warehouse),
      lastFinalDate(warehouse),
      lateDates(warehouse, config, now()),
    ]);
    late.set(missing.length);
    for (const status of ['queued', 'running'] as const) {
      const such = active.filter((one) => one.status === status);
      oldest.set({ status }, Math.max(0, ...such.map(({ oldestSeconds }) => oldestSeconds)));
      for (const batch of BATCHES) {
        batches.set({ batch, status }, such.find((one) => one.batch === batch)?.count ?? 0);
      }
    }
    if (final === undefined) return;
    const { ETL_SCHEDULE: schedule, ETL_TIMEZONE: zone } = config;
    const due = schedule === null ? yesterday(zone, now()) : newestDueDate(schedule, zone, now());
    behind.set(Math.max(0, (Date.parse(due) - Date.parse(final)) / 86_400_000));
  };
  const why = await within(WATCHER_PATIENCE_MS, look()).then(() => undefined, asError);
  if (why) log.debug({ err: why }, 'runs could not be measured');
  up.set({ dependency: 'database' }, why ? 0 : 1);
}
