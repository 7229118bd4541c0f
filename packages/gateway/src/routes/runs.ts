import { EtlError, nextScheduledRun } from '@etl/core';
import { cancelRun, retryRun } from '@etl/queue';
import { runReport } from '@etl/warehouse';
import type { FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication/caller.ts';
import { reportFor } from '../authentication/for-viewers.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { STATUS_REPORT, StatusReport } from '../contract/run-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { NoBody } from '../request-input.ts';
import type { Services } from '../services.ts';

const RunParameters = z.object({
  run_id: z.uuid('must be the id of a run').meta({
    description: 'The id of a run, as `status` and the calls `run_*` give it',
    example: STATUS_REPORT.run_id,
  }),
});

const RUN = {
  tags: ['State'],
  summary: 'The state of a run',
  params: RunParameters,
  response: { 200: answerBody({ data: StatusReport }, { data: STATUS_REPORT }) },
  errors: ['NOT_FOUND'],
} satisfies FastifySchema;

const ACTIONS = {
  cancel: {
    act: cancelRun,
    message: 'ETL run cancelled',
    summary: 'Cancel a run',
    description: 'Finished batches stay finished. The date keeps its former result.',
    errors: ['NOT_FOUND'],
  },
  retry: {
    act: retryRun,
    message: 'ETL run queued again',
    summary: 'Retry the failed batches of a run',
    description: 'The run keeps its id. The merge follows.',
    errors: [
      'NOT_FOUND',
      'ETL_ALREADY_RUNNING',
      'ETL_WINDOW_EXPIRED',
      'SETTINGS_DIFFER',
      'QUEUE_UNAVAILABLE',
    ],
  },
} as const;

/** `GET runs/:run_id`, `POST runs/:run_id/cancel`, `POST runs/:run_id/retry`. */
export function runsRoutes(app: ZodApp, services: Services): void {
  const { warehouse, config, now } = services;
  const timeZone = config.ETL_TIMEZONE;

  async function reportOn(runId: string, request: FastifyRequest): Promise<StatusReport> {
    const clocks = { timeZone, nextRunAt: nextScheduledRun(config, now()) };
    const report = await runReport(warehouse, runId, clocks);
    if (!report) throw new EtlError('NOT_FOUND', `There is no run ${runId}`);
    return reportFor(request, report);
  }

  app.get('/runs/:run_id', { schema: RUN }, async (request) =>
    answerOf({ data: await reportOn(request.params.run_id, request) }, timeZone),
  );

  for (const [action, { act, message, ...about }] of Object.entries(ACTIONS)) {
    const schema = {
      tags: ['Runs'],
      ...about,
      params: RunParameters,
      body: NoBody,
      response: {
        202: answerBody(
          { message: z.literal(message), data: StatusReport },
          { message, data: STATUS_REPORT },
        ),
      },
    } satisfies FastifySchema;
    app.post(`/runs/:run_id/${action}`, { schema }, async (request, reply) => {
      const { run_id: runId } = request.params;
      await act({ ...services, log: request.log }, { runId, requestedBy: callerOf(request).name });
      const data = await reportOn(runId, request);
      return reply.status(202).send(answerOf({ message, data }, timeZone));
    });
  }
}
