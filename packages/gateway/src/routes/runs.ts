import { clockTime, EtlError, nextScheduledRun } from '@etl/core';
import { cancelRun, retryRun } from '@etl/queue';
import { runReport } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication.ts';
import { parseInput } from '../request-input.ts';
import type { Services } from '../services.ts';

const RunParams = z.object({ run_id: z.uuid('must be the id of a run') });
const NoBody = z.strictObject({}, 'must be an empty JSON object');

/** `GET runs/:run_id`, `POST runs/:run_id/cancel`, `POST runs/:run_id/retry`. */
export function runsRoutes(app: FastifyInstance, services: Services): void {
  const { warehouse, config, now } = services;
  const timeZone = config.ETL_TIMEZONE;

  async function reportOn(runId: string): Promise<object> {
    const report = await runReport(warehouse, runId, {
      timeZone,
      nextRunAt: nextScheduledRun(config, now()),
    });
    if (!report) throw new EtlError('NOT_FOUND', `There is no run ${runId}`);
    return report;
  }

  app.get('/runs/:run_id', async (request) => {
    const { run_id: runId } = parseInput(RunParams, request.params);
    return { status: true, data: await reportOn(runId), timestamp: clockTime(new Date(), timeZone) };
  });

  const actions = {
    cancel: { act: cancelRun, message: 'ETL run cancelled' },
    retry: { act: retryRun, message: 'ETL run queued again' },
  };
  for (const [path, { act, message }] of Object.entries(actions)) {
    app.post(`/runs/:run_id/${path}`, async (request, reply) => {
      const { run_id: runId } = parseInput(RunParams, request.params);
      parseInput(NoBody, request.body ?? {});
      await act({ ...services, log: request.log }, { runId, requestedBy: callerOf(request).name });
      return reply.status(202).send({
        status: true,
        message,
        data: await reportOn(runId),
        timestamp: clockTime(new Date(), timeZone),
      });
    });
  }
}
