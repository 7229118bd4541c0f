import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LEFT_OUT_REASONS } from '@etl/core';
import {
  freePort,
  type RedisServer,
  type Scratch,
  scratchFolder,
  startRedis,
  waitUntil,
} from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { openSystem, post, type System } from './system.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

// The test changes the policy of this Redis, so no other test may use it.
let folder: Scratch<string>;
let redis: RedisServer;
let system: System;
let worker: string;

beforeAll(async () => {
  folder = scratchFolder();
  redis = await startRedis({ folder: path.join(folder.value, 'redis') });
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: redis.url });
  const port = await freePort();
  worker = `http://127.0.0.1:${port}`;
  await system.startGateway();
  await system.startWorker({ ETL_WORKER_PORT: String(port) });
});

afterAll(async () => {
  await system?.close();
  await redis?.stop();
  await folder.remove();
});

async function textOf(url: URL | string): Promise<string> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  return answer.text();
}

/**
 * The samples of a process, by name and labels as Prometheus writes them. A process measures once a second. These
 * samples are of a measurement that began after the call.
 */
async function scrape(url: URL | string): Promise<Map<string, number>> {
  const kept = await textOf(url);
  let text = kept;
  await waitUntil(async () => {
    text = await textOf(url);
    return text !== kept;
  }, 'a new measurement');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const ofGateway = () => scrape(new URL('/metrics', system.api));
const ofWorker = () => scrape(`${worker}/metrics`);
const codeOf = async (url: URL | string) => (await fetch(url)).status;

/** Waits until `/health/ready` of the gateway and the worker have these statuses. They check once a second. */
async function bothAnswer(code: 200 | 503): Promise<void> {
  await waitUntil(async () => {
    const codes = [
      await codeOf(new URL('/health/ready', system.api)),
      await codeOf(`${worker}/health/ready`),
    ];
    return codes.every((found) => found === code);
  }, `both to answer ${code}`);
}

it("the gateway's metrics count requests, jobs and runs", async () => {
  const before = await ofGateway();
  expect(before.get('etl_batches{batch="main_etl",status="queued"}')).toBe(0);
  expect(before.get('etl_late_dates')).toBe(0);
  expect([...before.keys()].some((name) => name.startsWith('etl_days_behind'))).toBe(false);
  await system.call('run_pipeline', post({ date: '2024-01-15' }));
  expect(await system.runEnd('2024-01-15')).toBe('completed');
  const after = await ofGateway();
  expect(after.get('etl_dependency_up{dependency="queue"}')).toBe(1);
  expect(after.get('etl_dependency_up{dependency="database"}')).toBe(1);
  expect(after.get('etl_days_behind')).toBeGreaterThan(300);
  expect(after.get('etl_oldest_batch_seconds{status="running"}')).toBe(0);
  expect(after.get('etl_queue_jobs{queue="activity-counts",state="waiting"}')).toBe(0);
  const run = 'method="POST",route="/api/user_activity_etl/run_pipeline",status="202"';
  expect(after.get(`etl_http_request_duration_seconds_count{${run}}`)).toBe(1);
  expect(after.get('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
  expect(after.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
});

it("the gateway's metrics count a missing day although a newer one is loaded", async () => {
  const dateOf = (daysAgo: number) => Temporal.Now.plainDateISO('UTC').subtract({ days: daysAgo }).toString();
  const late = async () => (await ofGateway()).get('etl_late_dates');
  // The tables are four days old: the windows of three dates have closed.
  await system.rows('UPDATE kysely_migration SET timestamp = ?', [`${dateOf(4)}T00:00:00.000Z`]);
  expect(await late()).toBe(3);
  for (const daysAgo of [2, 4]) {
    await system.call('run_pipeline', post({ date: dateOf(daysAgo) }));
    expect(await system.runEnd(dateOf(daysAgo))).toBe('completed');
  }
  expect(await late()).toBe(1);
  // Yesterday is due, and the day before yesterday is loaded.
  expect((await ofGateway()).get('etl_days_behind')).toBe(1);
});

it("the gateway's metrics tell how long a batch has waited or run", async () => {
  const oldest = async (status: string) =>
    (await ofGateway()).get(`etl_oldest_batch_seconds{status="${status}"}`);
  const write = (runId: string, batch: string, status: number, hoursAgo: number) =>
    system.rows(
      `INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date, trigger_type,
         requested_by, details, active_key, lease_until, created_at, started_at)
       VALUES (?, '', ?, '2023-01-01', 1, ?, NOW(), NOW(), 'api', 'nobody', '{"time_zone":"UTC"}', ?, NOW() + INTERVAL 1 DAY,
         UTC_TIMESTAMP() - INTERVAL ? HOUR, IF(? = 2, UTC_TIMESTAMP() - INTERVAL 1 HOUR, NULL))`,
      [runId, batch, status, `${runId} ${batch}`, hoursAgo, status],
    );
  await write('counting', 'activity_counts', 2, 3);
  // The merge waits only for its own counts.
  await write('counting', 'main_etl', 4, 3);
  expect([await oldest('queued'), Math.round(Number(await oldest('running')) / 60)]).toEqual([0, 60]);
  await write('waiting', 'activity_counts', 4, 2);
  expect(Math.round(Number(await oldest('queued')) / 60)).toBe(120);
  await system.rows("DELETE FROM log_scheduler WHERE requested_by = 'nobody'");
});

it("a worker's metrics count batches, rows and sessions on the source", async () => {
  const found = await ofWorker();
  const [row] = await system.rows(
    "SELECT details FROM log_scheduler WHERE batch_name = 'activity_counts' AND extraction_date = '2024-01-15'",
  );
  const { rows, loaded } = JSON.parse(row?.details);
  expect(found.get('etl_batch_attempts_total{batch="activity_counts",outcome="completed"}')).toBe(3);
  expect(found.get('etl_batch_duration_seconds_count{batch="main_etl"}')).toBe(3);
  expect(found.get('etl_batch_rows_total{batch="activity_counts",kind="read"}')).toBe(rows.read);
  expect(found.get('etl_batch_rows_total{batch="activity_counts",kind="counted"}')).toBe(rows.counted);
  expect(found.get('etl_batch_rows_total{batch="activity_counts",kind="left_out"}')).toBe(
    rows.read - rows.counted,
  );
  expect(found.get('etl_batch_rows_total{batch="activity_counts",kind="loaded"}')).toBe(loaded);
  const merges = await system.rows("SELECT details FROM log_scheduler WHERE batch_name = 'main_etl'");
  for (const reason of LEFT_OUT_REASONS) {
    const leftOut = merges.map(({ details }) => JSON.parse(details).ledger?.left_out[reason] ?? 0);
    const all = leftOut.reduce((sum, log_rows) => sum + log_rows, 0);
    expect(found.get(`etl_log_rows_left_out_total{reason="${reason}"}`), reason).toBe(all);
  }
  expect(found.get('etl_source_sessions')).toBe(0);
});

it('alert rules and dashboard use existing metrics', async () => {
  const known = new Set<string>();
  for (const url of [new URL('/metrics', system.api), `${worker}/metrics`]) {
    const text = await (await fetch(url)).text();
    for (const [, name, type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
      for (const end of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
        known.add(`${name}${end}`);
    }
  }
  const monitoring = (file: string) => readFileSync(path.join(REPOSITORY, 'docker/monitoring', file), 'utf8');
  const { groups } = parse(monitoring('alerts.yaml'));
  const rules: { alert: string; expr: string; annotations: { summary: string; action: string } }[] =
    groups[0].rules;
  const { panels } = JSON.parse(monitoring('dashboard.json'));
  const asked: string[] = [
    ...rules.map(({ expr }) => expr),
    ...panels.flatMap(({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => expr)),
  ];
  expect(asked.length).toBeGreaterThan(15);
  for (const expression of asked) {
    const names = expression.match(/\b(?:etl|nodejs|process)_\w+|\bup\b/g) ?? [];
    expect(names.length, expression).toBeGreaterThan(0);
    // Prometheus itself has `up`.
    for (const name of names) expect([...known, 'up'], expression).toContain(name);
  }
  for (const { annotations } of rules)
    expect(annotations).toEqual({ summary: expect.any(String), action: expect.any(String) });
  // The dashboard shows each of the system's own metrics.
  const ours = [...known]
    .filter((name) => name.startsWith('etl_'))
    .map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  const documented = readFileSync(path.join(REPOSITORY, 'docs/monitoring.md'), 'utf8');
  const described = [...documented.matchAll(/^\| `(etl_\w+)`/gm)].map(([, name]) => name);
  expect(described.toSorted()).toEqual([...new Set(ours)].toSorted());
  for (const name of new Set(ours))
    expect(
      asked.some((expression) => expression.includes(name)),
      name,
    ).toBe(true);
});

it('a worker answers no other path, and listens only if ETL_WORKER_PORT is set', async () => {
  expect(await codeOf(`${worker}/`)).toBe(404);
  expect(await codeOf(`${worker}/health/live?probe=1`)).toBe(200);
});

it('gateway and worker are not ready before the migrations have run', async () => {
  const [newest] = await system.rows('SELECT * FROM kysely_migration ORDER BY name DESC LIMIT 1');
  await system.rows('DELETE FROM kysely_migration WHERE name = ?', [newest?.name]);
  await bothAnswer(503);
  await system.rows('INSERT INTO kysely_migration VALUES (?, ?)', [newest?.name, newest?.timestamp]);
  await bothAnswer(200);
});

it('gateway and worker are not ready while Redis may evict jobs', async () => {
  await redis.configure({ 'maxmemory-policy': 'allkeys-lru' });
  await bothAnswer(503);
  expect(await (await fetch(new URL('/health/ready', system.api))).json()).toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    error: 'Redis may evict jobs when its memory is full: set maxmemory-policy noeviction',
  });
  await redis.configure({ 'maxmemory-policy': 'noeviction' });
  await bothAnswer(200);
});
