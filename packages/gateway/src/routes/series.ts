import { today } from '@etl/core';
import { datesToRead, INTERVALS, METRICS, parseRange, series } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { SERIES, Series } from '../contract/reading-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { compareInput, rangeInput } from '../range-input.ts';
import { categoryText, oneOf } from '../request-input.ts';
import type { Services } from '../services.ts';

const SeriesQuery = z.strictObject({
  ...rangeInput,
  metric: oneOf(METRICS).default('total_views').meta({ description: 'The figure of the points' }),
  interval: oneOf(INTERVALS).default('day').meta({ description: 'Weeks begin on Monday' }),
  category: categoryText.optional(),
  course: z.string().optional().meta({ description: 'The id of a course in Moodle', example: '42' }),
  compare: compareInput,
});

const SERIES_ROUTE = {
  tags: ['Figures'],
  summary: 'A figure over time',
  description:
    'Each point is what `summary` gives for its dates. `compare=year` is 364 days before; by months, the same months a year before.',
  querystring: SeriesQuery,
  response: { 200: answerBody({ data: Series }, { data: SERIES }) },
  conditional: true,
} satisfies FastifySchema;

/** `GET series`: a figure by day, week or month, beside that of an earlier range. */
export function seriesRoute(app: ZodApp, { config }: Services, readConditionally: ConditionalRead): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/series', { schema: SERIES_ROUTE }, (request, reply) => {
    const { from, to, ...query } = request.query;
    const asked = parseRange({ from, to });
    return readConditionally(
      request,
      reply,
      async ({ snapshot, scope, signal, at }) => {
        const dates = await datesToRead(snapshot, asked, { timeZone, now: at });
        return series({ snapshot, scope, ...dates, signal }, { ...query, today: today(timeZone, at) });
      },
      ({ points, compared, totals, ...facts }) =>
        answerOf(
          {
            data: {
              points,
              compared,
              totals,
              missing_dates: facts.missingDates,
              compared_missing_dates: facts.comparedMissingDates,
              withheld_courses: facts.withheldCourses,
              compared_withheld_courses: facts.comparedWithheldCourses,
            },
          },
          timeZone,
        ),
    );
  });
}
