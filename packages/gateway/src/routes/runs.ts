import { clockTime, EtlError, nextScheduledRun } from '@etl/core';
import { cancelRun, retryRun } from '@etl/queue';
import { runReport } from '@etl/warehouse';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication/caller.ts';
import { reportFor } from '../authentication/for-viewers.ts';
import { answerBody } from '../contract/answers.ts';
import { type Contract, serve } from '../contract/contract.ts';
import { STATUS_REPORT, StatusReport } from '../contract/run-answers.ts';
import type { Services } from '../services.ts';

const RunParameters = z.object({
  run_id: z.uuid('must be the id of a run').meta({ example: STATUS_REPORT.run_id }),
});
const NoBody = z.strictObject({}, 'must be an empty JSON object');

export const RUN = {
  method: 'GET',
  path: '/runs/{run_id}',
  group: 'State',
  summary: 'The state of a run',
  parameters: RunParameters,
  answer: { code: 200, body: answerBody({ data: StatusReport }), example: { data: STATUS_REPORT } },
  errors: ['NOT_FOUND'],
} satisfies Contract<typeof RunParameters>;

const ACTIONS = {
  cancel: {
    act: cancelRun,
    message: 'ETL run cancelled',
    summary: 'End a run',
    description: 'What of it has finished stays; the day keeps its former result.',
    errors: ['NOT_FOUND'],
  },
  retry: {
    act: retryRun,
    message: 'ETL run queued again',
    summary: 'Run the failed batches of a run again',
    description: 'Under the same run; the merge follows.',
    errors: [
      'NOT_FOUND',
      'ETL_ALREADY_RUNNING',
      'ETL_WINDOW_EXPIRED',
      'SETTINGS_DIFFER',
      'QUEUE_UNAVAILABLE',
    ],
  },
} as const;

const CHANGES = Object.entries(ACTIONS).map(([action, { act, message, summary, description, errors }]) => ({
  act,
  message,
  contract: {
    method: 'POST',
    path: `/runs/{run_id}/${action}`,
    group: 'Runs',
    summary,
    description,
    parameters: RunParameters,
    body: NoBody,
    bodyExample: {},
    answer: {
      code: 202,
      body: answerBody({ message: z.literal(message), data: StatusReport }),
      example: { message, data: STATUS_REPORT },
    },
    errors,
  } satisfies Contract<typeof RunParameters, never, typeof NoBody>,
}));

export const RUNS_CONTRACTS: Contract[] = [RUN, ...CHANGES.map(({ contract }) => contract)];

/** `GET runs/:run_id`, `POST runs/:run_id/cancel`, `POST runs/:run_id/retry`. */
export function runsRoutes(app: FastifyInstance, services: Services): void {
  const { warehouse, config, now } = services;
  const timeZone = config.ETL_TIMEZONE;

  async function reportOn(runId: string, request: FastifyRequest): Promise<object> {
    const clocks = { timeZone, nextRunAt: nextScheduledRun(config, now()) };
    const report = await runReport(warehouse, runId, clocks);
    if (!report) throw new EtlError('NOT_FOUND', `There is no run ${runId}`);
    return reportFor(request, report);
  }

  serve(app, RUN, async ({ parameters }, request) => ({
    status: true,
    data: await reportOn(parameters.run_id, request),
    timestamp: clockTime(new Date(), timeZone),
  }));

  for (const { act, message, contract } of CHANGES) {
    serve(app, contract, async ({ parameters: { run_id: runId } }, request, reply) => {
      await act({ ...services, log: request.log }, { runId, requestedBy: callerOf(request).name });
      return reply.status(202).send({
        status: true,
        message,
        data: await reportOn(runId, request),
        timestamp: clockTime(new Date(), timeZone),
      });
    });
  }
}
