import { presentBackfill, startBackfill } from '@etl/queue';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication/caller.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { SkippedDate, STARTED_RUN, StartedRun } from '../contract/run-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { dateText } from '../request-input.ts';
import type { Services } from '../services.ts';

const BackfillBody = z
  .strictObject(
    { from: dateText, to: dateText, force: z.boolean('must be true or false').default(false) },
    'must be a JSON object',
  )
  .meta({ examples: [{ from: '2024-01-14', to: '2024-01-15' }] });

const message = 'ETL backfill queued';

const BACKFILL = {
  tags: ['Runs'],
  summary: 'Run all three batches for every date of a range',
  description:
    'At most 366 dates. The answer names the dates that it skipped, such as dates with an active run.',
  body: BackfillBody,
  response: {
    202: answerBody(
      {
        message: z.literal(message),
        data: z.strictObject({ runs: z.array(StartedRun), skipped: z.array(SkippedDate) }),
      },
      {
        message,
        data: {
          runs: [STARTED_RUN],
          skipped: [
            {
              extraction_date: '2024-01-14',
              code: 'ETL_ALREADY_RUNNING',
              error: 'ETL process is already running',
            },
          ],
        },
      },
    ),
  },
  errors: ['SETTINGS_DIFFER', 'QUEUE_UNAVAILABLE'],
} satisfies FastifySchema;

/** `POST run_backfill`: starts a pipeline run for each date from `from` to `to`. */
export function backfillRoute(app: ZodApp, services: Services): void {
  app.post('/run_backfill', { schema: BACKFILL }, async (request, reply) => {
    const backfill = await startBackfill(
      { ...services, log: request.log },
      { ...request.body, by: 'api', requestedBy: callerOf(request).name },
    );
    const data = presentBackfill(backfill);
    return reply.status(202).send(answerOf({ message, data }, services.config.ETL_TIMEZONE));
  });
}
