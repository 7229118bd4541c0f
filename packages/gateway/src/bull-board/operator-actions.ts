import { BATCHES, EtlError, JobPayload } from '@etl/core';
import { queueName, retryRun } from '@etl/queue';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answer } from '../error-answers.ts';
import type { Services } from '../services.ts';

/** The name of the board's only user in logs and rows. */
export const OPERATOR = 'Bull Board';

/**
 * Limits the actions of the board. A retry of a batch retries its run, as the API does. Its rows are queued again, its
 * jobs get all their attempts, and the merge follows. An operator may also start a delayed batch now and resume a
 * queue. The gateway rejects everything else:
 * - A removed job loses the work of its row, or releases a merge before its prerequisites finished.
 * - A paused queue misses nights without an alert.
 * - A tick that runs early asks for a day that has not ended.
 */
export function operatorActions(scope: FastifyInstance, path: string, services: Services): void {
  const isHarmless = new Set(
    ['queues/resume', 'queues/:queueName/resume'].map((route) => `${path}/api/${route}`),
  );

  const promotes = new Set(
    ['queues/:queueName/promote', 'queues/:queueName/:jobId/promote'].map((route) => `${path}/api/${route}`),
  );
  const runsTick = `${path}/api/queues/:queueName/job-schedulers/:schedulerId/run`;

  scope.addHook('preHandler', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const route = request.routeOptions.url ?? '';
    if (isHarmless.has(route)) return;
    const { queueName: queue = '', jobId = '', queueStatus } = request.params as Record<string, string>;
    if (promotes.has(route) && isBatchQueue(queue)) return;
    try {
      if (queue === services.queues.recounts.name) {
        throw new EtlError('FORBIDDEN', 'The board only lists recounts. An administrator can request them.');
      }
      if (promotes.has(route) || route === runsTick) {
        throw new EtlError(
          'FORBIDDEN',
          'The schedule works off its ticks when they are due. Run a date instead: etl pipeline DATE, or POST run_pipeline.',
        );
      }
      if (route === `${path}/api/queues/:queueName/:jobId/retry`) {
        if (await retryJob(services, request, queue, jobId)) return reply.status(204).send();
      } else if (route === `${path}/api/queues/:queueName/retry/:queueStatus` && queueStatus === 'failed') {
        if (isBatchQueue(queue)) return reply.send(await retryFailed(services, request, queue));
      } else {
        throw new EtlError(
          'FORBIDDEN',
          'Not on this board: it would keep runs from being done. Cancel or retry the run instead.',
        );
      }
    } catch (error) {
      // Not thrown: the board's error handler would answer 500.
      return answer(error as Error, request, reply, services.config.ETL_TIMEZONE);
    }
  });
}

/** Returns false if the job is not a batch. The board itself retries the ticks of the schedule. */
async function retryJob(
  services: Services,
  request: FastifyRequest,
  queue: string,
  jobId: string,
): Promise<boolean> {
  if (!isBatchQueue(queue)) return false;
  const payload = JobPayload.safeParse((await queueOf(services, queue).getJob(jobId))?.data);
  if (!payload.success) throw new EtlError('NOT_FOUND', `There is no job ${jobId} of a run`);
  await retryRun({ ...services, log: request.log }, { runId: payload.data.run_id, requestedBy: OPERATOR });
  return true;
}

/** Retries the run of every failed job of a queue. It skips a run that a newer run has replaced. */
async function retryFailed(services: Services, request: FastifyRequest, queue: string): Promise<object> {
  const jobs = await queueOf(services, queue).getFailed();
  let retried = 0;
  for (const job of jobs) {
    try {
      if (job?.id && (await retryJob(services, request, queue, job.id))) retried += 1;
    } catch (error) {
      if (!(error instanceof EtlError) || error.httpStatus >= 500) throw error;
    }
  }
  return { retried, skipped: jobs.length - retried };
}

function isBatchQueue(name: string): boolean {
  return BATCHES.some((batch) => queueName(batch) === name);
}

function queueOf({ queues }: Services, name: string) {
  const batch = BATCHES.find((candidate) => queueName(candidate) === name);
  return queues.byBatch[batch ?? 'main_etl'];
}
