import {
  COURSE_REASONS,
  perViewKind,
  RECOUNT_OUTCOMES,
  RECOUNT_REASONS,
  type RecountedMetric,
} from '@etl/core';
import { z } from 'zod';
import { count, EXAMPLE_DATE, LocalDate, moodleId } from './answers.ts';
import { RUN, runId } from './run-answers.ts';

/** The schemas of answers about recounts. */

const perCount = <Value>(value: Value) =>
  ({ ...perViewKind(() => value), total_views: value, active_days: value }) as Record<RecountedMetric, Value>;

const RecountedCount = z
  .strictObject({
    warehouse: count,
    moodle: count,
    difference: z.int().meta({ description: '`moodle` minus `warehouse`' }),
  })
  .meta({ id: 'RecountedCount' });

const place = z.strictObject({
  row: z
    .enum(['counted', ...COURSE_REASONS])
    .meta({ description: 'Whether the course has a merged row, or why not' }),
  category_id: moodleId.nullable(),
});

const Recount = z
  .strictObject({
    outcome: z.enum(RECOUNT_OUTCOMES),
    likely_reason: z
      .enum(RECOUNT_REASONS)
      .nullable()
      .meta({ description: 'Why it probably differs; null if it is equal' }),
    run_id: runId.meta({ description: 'The run whose figures were compared' }),
    provisional: z.boolean().meta({ description: 'That run read the log before the day had ended' }),
    counts: z.strictObject(perCount(RecountedCount)),
    course: z.strictObject({
      warehouse: place.nullable().meta({
        description: 'At the merge; null if the merge left the course out and did not record why',
      }),
      moodle: place.meta({ description: 'Now' }),
    }),
    log_rows: z
      .strictObject({ read: count.nullable(), now: count })
      .meta({ description: 'Log rows of the day, of all courses' }),
    run: z
      .strictObject({
        command: z.string(),
        call: z.string(),
        body: z.strictObject({ date: LocalDate, force: z.literal(true).optional() }),
      })
      .nullable()
      .meta({ description: 'The run that would replace the figures; null if nothing differs' }),
  })
  .meta({ id: 'Recount' });

export const RequestedRecount = z
  .strictObject({
    recount_id: z.uuid(),
    extraction_date: LocalDate,
    moodle_course_id: z.string(),
    state: z.enum(['queued', 'running', 'completed', 'failed']),
    error: z.string().nullable().meta({ description: 'Why it failed' }),
    result: Recount.nullable().meta({ description: 'null until it has completed' }),
  })
  .meta({ id: 'RequestedRecount' });

export const QUEUED_RECOUNT = {
  recount_id: RUN,
  extraction_date: EXAMPLE_DATE,
  moodle_course_id: '42',
  state: 'queued',
  error: null,
  result: null,
};

export const COMPLETED_RECOUNT = {
  ...QUEUED_RECOUNT,
  state: 'completed',
  result: {
    outcome: 'differs',
    likely_reason: 'late_rows',
    run_id: RUN,
    provisional: false,
    counts: {
      ...perCount({ warehouse: 0, moodle: 0, difference: 0 }),
      file_views: { warehouse: 150, moodle: 152, difference: 2 },
      total_views: { warehouse: 150, moodle: 152, difference: 2 },
      active_days: { warehouse: 1, moodle: 1, difference: 0 },
    },
    course: {
      warehouse: { row: 'counted', category_id: 7 },
      moodle: { row: 'counted', category_id: 7 },
    },
    log_rows: { read: 12000, now: 12004 },
    run: {
      command: `etl pipeline ${EXAMPLE_DATE}`,
      call: 'POST run_pipeline',
      body: { date: EXAMPLE_DATE },
    },
  },
};
