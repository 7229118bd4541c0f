import { freePort, type SystemProcess, waitForOutput, waitUntil, withConnection } from '@etl/local-stack';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';
import { openLogLock, openSystem, post, type System, TOKEN } from './system.ts';

const DATE = '2024-01-15';
/** In the name of every course: a trace with a value contains it. */
const IDNUMBER = 'IDNUMBER-THAT-NO-TRACE-MAY-CONTAIN';

let receiver: OtlpReceiver;
let system: System;

const open = async (env: Record<string, string>) => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') }, { env });
};

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(async () => {
  await system?.close();
  await receiver.close();
});

/** A process delivers its remaining spans when it stops. */
async function stop(...processes: SystemProcess[]): Promise<void> {
  expect(await Promise.all(processes.map((process) => process.end('SIGTERM')))).toEqual(
    processes.map(() => 0),
  );
}

/** The one trace of a run: `first` is its first span, and the only one without a parent in it. */
function traceOf(runId: string, first: { name: string; service: string }): ReceivedSpan[] {
  const ids = new Set(
    receiver.spans
      .filter(({ attributes }) => attributes['etl.run_id'] === runId)
      .map(({ traceId }) => traceId),
  );
  expect(ids.size).toBe(1);
  const trace = receiver.spans.filter(({ traceId }) => ids.has(traceId));
  const known = new Set(trace.map(({ spanId }) => spanId));
  expect(known.size).toBe(trace.length);
  expect(trace.filter(({ parentId }) => !known.has(parentId))).toEqual([
    expect.objectContaining({ ...first, parentId: '' }),
  ]);
  for (const queue of ['activity-counts', 'user-counts', 'main-etl']) {
    const batch = trace.find(({ name }) => name === `process ${queue}`);
    expect(batch?.service).toBe('etl-worker');
    expect(batch?.attributes['etl.run_id']).toBe(runId);
    expect(statements(trace).some(({ parentId }) => parentId === batch?.spanId)).toBe(true);
  }
  return trace;
}

const statements = (spans: readonly ReceivedSpan[]) =>
  spans.filter(({ attributes }) => attributes['db.system.name'] === 'mysql');

async function startRun(date = DATE): Promise<string> {
  const { body } = await system.call<{ data: { run_id: string } }>('run_pipeline', post({ date }));
  return body.data.run_id;
}

async function withRedis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(system.env.REDIS_URL as string);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

async function nameCourses(): Promise<void> {
  await withConnection(system.sourceUrl, (connection) =>
    connection.query(`UPDATE mdl_course SET idnumber = CONCAT('${IDNUMBER}', id)`),
  );
}

it('a run is one trace from the request to every statement, and no other work makes a trace', async () => {
  await open({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  await nameCourses();
  const gateway = await system.startGateway();
  const worker = await system.startWorker();
  const log = await openLogLock(system);
  await log.hold();
  const runId = await startRun();
  const lease = async () => {
    const [row] = await system.rows(
      "SELECT lease_until FROM log_scheduler WHERE batch_name = 'activity_counts'",
    );
    return String(row?.lease_until);
  };
  // A running batch sends heartbeats, which are not traced.
  for (let beats = 0; beats < 3; beats++) {
    const before = await lease();
    await waitUntil(async () => (await lease()) !== before, 'a heartbeat');
  }
  await log.release();
  await log.close();
  expect(await system.runEnd(DATE)).toBe('completed');
  await fetch(new URL('/health/ready', system.api));
  await fetch(new URL('/metrics', system.api));
  await stop(gateway, worker);

  const route = '/api/user_activity_etl/run_pipeline';
  const trace = traceOf(runId, { name: `POST ${route}`, service: 'etl-gateway' });
  const request = trace.find(({ parentId }) => parentId === '');
  expect(request?.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': route,
    'url.path': route,
    'http.response.status_code': 202,
  });
  const address = new URL(system.warehouseUrl);
  const sql = statements(trace);
  expect(
    sql.find(({ attributes }) => String(attributes['db.query.text']).startsWith('INSERT INTO')),
  ).toMatchObject({
    name: `INSERT ${address.pathname.slice(1)}`,
    service: 'etl-worker',
    failed: false,
    attributes: {
      'db.operation.name': 'INSERT',
      'db.namespace': address.pathname.slice(1),
      'server.address': address.hostname,
      'server.port': Number(address.port),
    },
  });
  const databases = new Set(sql.map(({ attributes }) => attributes['db.namespace']));
  expect(databases).toEqual(
    new Set([system.sourceUrl, system.warehouseUrl].map((url) => new URL(url).pathname.slice(1))),
  );
  const texts = sql.map(({ attributes }) => String(attributes['db.query.text']));
  expect(texts.filter((text) => text.length > 300 || /\b\d/.test(text))).toEqual([]);
  expect(texts.filter((text) => text.startsWith('update `log_scheduler` set `lease_until`'))).toEqual([]);

  // The other traces are the requests for the run's status.
  const firsts = receiver.spans.filter(({ parentId }) => parentId === '');
  expect(new Set(firsts.map(({ name }) => name))).toEqual(
    new Set([`POST ${route}`, 'GET /api/user_activity_etl/status']),
  );

  const [row] = await system.rows('SELECT COUNT(*) AS count FROM user_activity_etl WHERE id_number LIKE ?', [
    `${IDNUMBER}%`,
  ]);
  expect(row?.count).toBeGreaterThan(10);
  expect(receiver.raw().includes('user_activity_etl')).toBe(true);
  for (const secret of [IDNUMBER, TOKEN, '2024-01-16'])
    expect(receiver.raw().includes(secret), secret).toBe(false);
});

it('the span of a failed batch is marked but does not contain the message of its error', async () => {
  await open({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  await nameCourses();
  await system.rows(
    `CREATE TRIGGER refusal BEFORE INSERT ON user_activity_etl FOR EACH ROW
     BEGIN IF NEW.id_number LIKE '${IDNUMBER}%' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = NEW.id_number; END IF; END`,
  );
  const processes = [await system.startGateway(), await system.startWorker()];
  const runId = await startRun();
  expect(await system.runEnd(DATE)).toBe('failed');
  await stop(...processes);
  const [row] = await system.rows("SELECT error_details FROM log_scheduler WHERE batch_name = 'main_etl'");
  expect(row?.error_details).toContain(IDNUMBER);

  const trace = traceOf(runId, { name: 'POST /api/user_activity_etl/run_pipeline', service: 'etl-gateway' });
  const failed = trace.filter((span) => span.failed);
  expect(failed.map(({ name }) => name).toSorted()).toEqual([
    `INSERT ${new URL(system.warehouseUrl).pathname.slice(1)}`,
    'process main-etl',
  ]);
  expect(failed.find(({ name }) => name.startsWith('INSERT'))?.attributes).toMatchObject({
    'error.type': 'ER_SIGNAL_EXCEPTION',
    'db.response.status_code': '1644',
  });
  expect(receiver.raw().includes(IDNUMBER)).toBe(false);
});

it("a request and its statements are part of the caller's trace", async () => {
  await open({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const gateway = await system.startGateway();
  const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const headers = { traceparent: `00-${traceId}-${parentId}-01`, baggage: `secret=${TOKEN}` };
  const { code } = await system.call('run_pipeline', { ...post({ date: DATE }), headers });
  expect(code).toBe(202);
  await system.call(`results/${DATE}?limit=1&cursor=${TOKEN}`, { headers });
  await stop(gateway);
  expect(new Set(receiver.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  const requests = receiver.spans.filter((span) => span.parentId === parentId);
  expect(requests.map(({ name }) => name.split(' ')[0]).toSorted()).toEqual(['GET', 'POST']);
  const start = receiver.spans.find(({ name }) => name === 'start run');
  expect(requests.map(({ spanId }) => spanId)).toContain(start?.parentId);
  expect(statements(receiver.spans).some((span) => span.parentId === start?.spanId)).toBe(true);
  // The system keeps only the trace id of the caller's context.
  const kept = await withRedis(async (redis) => {
    const [job = ''] = await redis.keys(`${system.env.ETL_QUEUE_PREFIX}:user-counts:*-user-counts`);
    return JSON.stringify(await redis.hgetall(job));
  });
  expect(kept).toContain(traceId);
  expect(kept).not.toContain(TOKEN);
  expect(receiver.raw().includes(TOKEN)).toBe(false);
});

it('a run that the command starts has its trace from the command on', async () => {
  await open({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const worker = await system.startWorker();
  const { code, output } = await system.etl('pipeline', DATE, '--json');
  expect(code).toBe(0);
  await stop(worker);
  traceOf(JSON.parse(output).data.run_id, { name: 'start run', service: 'etl-cli' });
});

it('a run whose jobs the queue lost is still one trace', async () => {
  await open({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const gateway = await system.startGateway();
  const runId = await startRun();
  await stop(gateway);
  receiver.spans.length = 0;
  await withRedis(async (redis) => redis.del(...(await redis.keys(`${system.env.ETL_QUEUE_PREFIX}:*`))));
  const worker = await system.startWorker();
  await waitUntil(async () => {
    const rows = await system.rows('SELECT id FROM log_scheduler WHERE run_id = ? AND status = 1', [runId]);
    return rows.length === 3;
  }, 'the run to complete');
  await stop(worker);
  traceOf(runId, { name: 'addBulkFlows', service: 'etl-worker' });
});

/** Prints each module of OpenTelemetry that a process loads. */
const TELLING = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, next) {
      if (url.includes('opentelemetry')) process.stderr.write('loaded ' + url + '\\n');
      return next(url, context);
    },
  });`)}`;

it('without a receiver no process loads the SDK or sends spans', async () => {
  await open({ NODE_OPTIONS: `--import=${TELLING}` });
  const silent = [await system.startGateway(), await system.startWorker()];
  await startRun();
  expect(await system.runEnd(DATE)).toBe('completed');
  await stop(...silent);
  expect(silent.map((process) => /loaded .*sdk-trace|loaded .*exporter/.test(process.output()))).toEqual([
    false,
    false,
  ]);
  const job = await withRedis(async (redis) => {
    const [key = ''] = await redis.keys(`${system.env.ETL_QUEUE_PREFIX}:user-counts:*-user-counts`);
    return redis.hgetall(key);
  });
  expect(job.opts).toContain('attempts');
  expect(JSON.stringify(job)).not.toContain('traceparent');
  const loud = await system.startWorker({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  expect(loud.output()).toMatch(/loaded .*sdk-trace/);
  expect(receiver.raw().length).toBe(0);
});

const AWAY = 'spans cannot be delivered';

it('while the receiver is unreachable runs complete, and each process says so once', async () => {
  const port = await freePort();
  await open({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const processes = [await system.startGateway(), await system.startWorker()];
  const linesOf = (process: SystemProcess) =>
    process
      .output()
      .split('\n')
      .filter((line) => line.includes(AWAY));
  const complete = async (date: string) => {
    await startRun(date);
    expect(await system.runEnd(date)).toBe('completed');
  };
  await complete('2024-01-13');
  for (const process of processes) await waitForOutput(process, AWAY);
  const late = await startOtlpReceiver(port);
  await complete('2024-01-14');
  for (const process of processes) await waitForOutput(process, 'spans are delivered again');
  await late.close();
  await complete('2024-01-15');
  await waitUntil(
    async () => processes.every((process) => linesOf(process).length > 1),
    'each process to miss the receiver again',
  );
  // The remaining spans cannot be delivered at the stop.
  await complete('2024-01-16');
  await stop(...processes);
  for (const process of processes) {
    expect(linesOf(process).map((line) => JSON.parse(line).level)).toEqual([40, 40]);
    expect(process.output()).not.toContain('"level":50');
  }
});
