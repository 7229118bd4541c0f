import type { RunKind } from '@etl/core';
import { askedRun, presentStartedRun, startRun } from '@etl/queue';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication/caller.ts';
import { answerBody, answerOf, EXAMPLE_DATE } from '../contract/answers.ts';
import { STARTED_RUN, StartedRun } from '../contract/run-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { dateText } from '../request-input.ts';
import type { Services } from '../services.ts';

/** Rejects unknown fields: a run that ignored a misspelt `date` would run the wrong day. */
const RunBody = z
  .strictObject(
    {
      date: dateText.optional(),
      force: z
        .boolean('must be true or false')
        .default(false)
        .meta({ description: 'Run even if Moodle has deleted log rows of the day' }),
    },
    'must be a JSON object',
  )
  .meta({ examples: [{ date: EXAMPLE_DATE }] });

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

/** `POST run_pipeline`, `run_activity_counts`, `run_user_counts`, `run_main_etl`. */
export function runRoutes(app: ZodApp, services: Services): void {
  const timeZone = services.config.ETL_TIMEZONE;
  for (const [path, { kind, summary, message }] of Object.entries(ABOUT)) {
    const batches = STARTED_RUN.batches.filter(
      ({ batch_name }) => kind === 'pipeline' || kind === batch_name,
    );
    const schema = {
      tags: ['Runs'],
      summary,
      description: 'The default date is today.',
      body: RunBody,
      response: {
        202: answerBody(
          { message: z.literal(message), data: StartedRun },
          { message, data: { ...STARTED_RUN, batches } },
        ),
      },
      errors: [
        'ETL_ALREADY_RUNNING',
        ...(kind === 'main_etl' ? (['ETL_PREREQUISITES_MISSING'] as const) : []),
        ...(kind === 'pipeline' || kind === 'activity_counts' ? (['SOURCE_PURGED'] as const) : []),
        'SETTINGS_DIFFER',
        'QUEUE_UNAVAILABLE',
      ],
    } satisfies FastifySchema;
    app.post(path, { schema }, async (request, reply) => {
      const { date, force } = request.body;
      const asked = askedRun('api', date, timeZone, services.now());
      const run = await startRun(
        { ...services, log: request.log },
        { kind, ...asked, requestedBy: callerOf(request).name, force },
      );
      return reply.status(202).send(answerOf({ message, data: presentStartedRun(run) }, timeZone));
    });
  }
}
