import { BATCHES, EtlError, JobPayload } from '@etl/core';
import { queueName, retryRun } from '@etl/queue';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answer } from '../error-answers.ts';
import type { Services } from '../services.ts';

/** Who retries, in the log: the board knows one user only. */
export const OPERATOR = 'Bull Board';

/**
 * What an operator may do on the board. A retry of a batch is a retry of its run, as by the API: its rows are queued again, its job gets
 * all its attempts, and the merge follows. A batch's waiting time may be cut short. Everything else is refused: a job that is removed
 * takes its row's work with it or lets a merge loose, a queue that is paused loses nights without a word, and a tick that is taken before
 * it is due asks for a day that has not ended.
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
      // Not thrown: the board's own handler of errors would make a 500 of it.
      return answer(error as Error, request, reply, services.config.ETL_TIMEZONE);
    }
  });
}

/** Returns false where the job is no batch of ours: the board retries the schedule's ticks by itself. */
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

/** Retries the run of every failed job of a queue. A run that a newer one has replaced is skipped. */
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
