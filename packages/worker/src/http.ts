import { createServer, type Server, type ServerResponse } from 'node:http';
import { asError, type Logger, PROBE_TIMEOUT_MS, sharedCheck } from '@etl/core';
import type { WorkerMetrics } from './metrics.ts';
import type { RunningWorker } from './worker.ts';

/**
 * Answers `/metrics`, `/health/live` (the process answers) and `/health/ready` (the servers that batches need answer
 * it, else 503). However many callers ask, the worker checks once a second.
 */
export function serveHealth(worker: RunningWorker, metrics: WorkerMetrics, log: Logger): Server {
  const ready = sharedCheck(() => worker.checkReady());
  // The metrics include a ping of Moodle's database, which has a timeout of its own.
  const measured = sharedCheck(() => metrics.registry.metrics(), { timeoutMs: 2 * PROBE_TIMEOUT_MS });
  const answers: Record<string, (response: ServerResponse) => Promise<void>> = {
    '/metrics': async (response) => {
      const text = await measured();
      response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
    },
    '/health/live': async (response) => sendJson(response, 200, { status: true }),
    '/health/ready': async (response) => {
      const error = await ready().then(() => undefined, asError);
      if (error) log.debug({ err: error }, 'worker is not ready');
      sendJson(response, error ? 503 : 200, { status: !error, ...(error && { error: error.message }) });
    },
  };
  return createServer((request, response) => {
    const answer = answers[request.url?.split('?')[0] ?? ''];
    if (!answer) return sendJson(response, 404, { status: false, error: 'Not found' });
    answer(response).catch((error: unknown) => {
      log.error({ err: error }, 'request failed');
      sendJson(response, 500, { status: false, error: "Internal error. See the worker's log." });
    });
  });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
