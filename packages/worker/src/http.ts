import { createServer, type Server, type ServerResponse } from 'node:http';
import { asError, type Logger, PROBE_TIMEOUT_MS, sharedCheck } from '@etl/core';
import type { WorkerMetrics } from './metrics.ts';
import type { RunningWorker } from './worker.ts';

/** Answers `/metrics`, `/health/live` (the process answers) and `/health/ready` (what batches need answers it, else 503). It looks once a second, however many ask. */
export function serveHealth(worker: RunningWorker, metrics: WorkerMetrics, log: Logger): Server {
  const ready = sharedCheck(() => worker.checkReady());
  // Measuring includes a look at Moodle's database.
  const measured = sharedCheck(() => metrics.registry.metrics(), { timeoutMs: 2 * PROBE_TIMEOUT_MS });
  const answers: Record<string, (response: ServerResponse) => Promise<void>> = {
    '/metrics': async (response) => {
      const text = await measured();
      response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
    },
    '/health/live': async (response) => say(response, 200, { status: true }),
    '/health/ready': async (response) => {
      const why = await ready().then(() => undefined, asError);
      if (why) log.debug({ err: why }, 'worker is not ready');
      say(response, why ? 503 : 200, { status: !why, ...(why && { error: why.message }) });
    },
  };
  return createServer((request, response) => {
    const answer = answers[request.url?.split('?')[0] ?? ''];
    if (!answer) return say(response, 404, { status: false, error: 'Not found' });
    answer(response).catch((error: unknown) => {
      log.error({ err: error }, 'request failed');
      say(response, 500, { status: false, error: 'Something went wrong here; the log says what' });
    });
  });
}

function say(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
