import { clockTime, type RunKind } from '@etl/core';
import { askedRun, presentStartedRun, startRun } from '@etl/queue';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication/caller.ts';
import { answerBody } from '../contract/answers.ts';
import { type Contract, serve } from '../contract/contract.ts';
import { STARTED_RUN, StartedRun } from '../contract/run-answers.ts';
import { dateText } from '../request-input.ts';
import type { Services } from '../services.ts';

/** A run that would ignore a misspelt field would run the wrong day: unknown fields are refused. */
const RunBody = z.strictObject(
  {
    date: dateText.optional(),
    force: z
      .boolean('must be true or false')
      .default(false)
      .meta({ description: 'Also where Moodle has cleaned up log rows of the day' }),
  },
  'must be a JSON object',
);

const ABOUT: Record<string, { kind: RunKind; summary: string; message: string }> = {
  '/run_pipeline': { kind: 'pipeline', summary: 'Run all three batches', message: 'ETL pipeline queued' },
  '/run_activity_counts': {
    kind: 'activity_counts',
    summary: "Count a day's views of each course",
    message: 'ActivityCounts ETL queued',
  },
  '/run_user_counts': {
    kind: 'user_counts',
    summary: 'Count the students and teachers of each course',
    message: 'UserCounts ETL queued',
  },
  '/run_main_etl': {
    kind: 'main_etl',
    summary: "Merge a day's counts",
    message: 'Main ETL queued',
  },
};

const RUNS = Object.entries(ABOUT).map(([path, { kind, summary, message }]) => ({
  kind,
  message,
  contract: {
    method: 'POST',
    path,
    group: 'Runs',
    summary,
    description: 'Of today, where no date is given.',
    body: RunBody,
    bodyExample: { date: '2024-01-15' },
    answer: {
      code: 202,
      body: answerBody({ message: z.literal(message), data: StartedRun }),
      example: {
        message,
        data: {
          ...STARTED_RUN,
          batches: STARTED_RUN.batches.filter(({ batch_name }) => kind === 'pipeline' || kind === batch_name),
        },
      },
    },
    errors: [
      'ETL_ALREADY_RUNNING',
      ...(kind === 'main_etl' ? (['ETL_PREREQUISITES_MISSING'] as const) : []),
      ...(kind === 'pipeline' || kind === 'activity_counts' ? (['SOURCE_PURGED'] as const) : []),
      'SETTINGS_DIFFER',
      'QUEUE_UNAVAILABLE',
    ],
  } satisfies Contract<never, never, typeof RunBody>,
}));

export const RUN_CONTRACTS: Contract[] = RUNS.map(({ contract }) => contract);

/** `POST run_pipeline`, `run_activity_counts`, `run_user_counts`, `run_main_etl`. */
export function runRoutes(app: FastifyInstance, services: Services): void {
  const timeZone = services.config.ETL_TIMEZONE;
  for (const { kind, message, contract } of RUNS) {
    serve(app, contract, async ({ body }, request, reply) => {
      const asked = askedRun('api', body.date, timeZone, services.now());
      const run = await startRun(
        { ...services, log: request.log },
        { kind, ...asked, requestedBy: callerOf(request).name, force: body.force },
      );
      return reply.status(202).send({
        status: true,
        message,
        data: presentStartedRun(run),
        timestamp: clockTime(new Date(), timeZone),
      });
    });
  }
}
