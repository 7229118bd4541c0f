import { BATCHES, Batch, ERROR_CODES, TRIGGER_TYPES } from '@etl/core';
import { FAILURE_CODES } from '@etl/warehouse';
import { z } from 'zod';
import { count, EXAMPLE_DATE, LocalDate, Time } from './answers.ts';
import { DATE_LEDGER, DateLedger } from './ledger-answers.ts';

/** The schemas of answers about runs. */

export const RUN = '4b0c6d5e-8f1a-4c3b-9d2e-7a6f5e4d3c2b';

/** A count over the whole institution. */
export const institutionCount = (what: string) =>
  count.nullable().meta({ description: `${what}; null for viewers` });
export const status = z.enum(['not_started', 'queued', 'running', 'completed', 'failed']);
const schedulerStatus = z
  .literal([1, 2, 3, 4])
  .meta({ description: '1 finished, 2 in progress, 3 failed, 4 queued' });
export const runId = z.uuid().meta({ example: RUN });

export const StartedRun = z
  .strictObject({
    run_id: runId,
    extraction_date: LocalDate,
    etl_status: status,
    batches: z.array(z.strictObject({ batch_name: Batch, scheduler_id: z.int(), job_id: z.string() })),
  })
  .meta({ id: 'StartedRun' });

const QUEUE_OF = { activity_counts: 'activity-counts', user_counts: 'user-counts', main_etl: 'main-etl' };

export const STARTED_RUN = {
  run_id: RUN,
  extraction_date: EXAMPLE_DATE,
  etl_status: 'queued',
  batches: BATCHES.map((batch, index) => ({
    batch_name: batch,
    scheduler_id: index + 1,
    job_id: `${RUN}-${QUEUE_OF[batch]}`,
  })),
};

export const SkippedDate = z
  .strictObject({ extraction_date: LocalDate, code: z.enum(ERROR_CODES), error: z.string() })
  .meta({ id: 'SkippedDate' });

const BatchState = z
  .strictObject({
    status,
    scheduler_status: schedulerStatus.nullable(),
    offset: institutionCount('Rows done'),
    numrow: institutionCount('Rows in all'),
    progress: z.int().min(0).max(100).meta({ description: 'Percent' }),
    started_at: Time.nullable(),
    finished_at: Time.nullable(),
    error_details: z.string().nullable(),
  })
  .meta({ id: 'BatchState' });

export const SettingsDiffer = z.boolean().meta({
  description: 'The time zone or the roles of the figures differ from the stored settings',
});

export const StatusReport = z
  .strictObject({
    etl_status: status,
    run_id: runId.nullable(),
    extraction_date: LocalDate.nullable(),
    provisional: z.boolean().meta({ description: 'The figures were extracted before their day ended' }),
    settings_differ: SettingsDiffer,
    batches: z.strictObject({ activity_counts: BatchState, user_counts: BatchState, main_etl: BatchState }),
    ledger: DateLedger.nullable().meta({
      description:
        "By the date's newest merge, which can be of another run; of all courses. null if there are no figures, and for viewers",
    }),
    last_completed_date: LocalDate.nullable(),
    next_run_at: Time.nullable().meta({
      description: 'The next scheduled run; null if there is no schedule',
    }),
  })
  .meta({ id: 'StatusReport' });
export type StatusReport = z.infer<typeof StatusReport>;

const FINISHED_BATCH = {
  status: 'completed',
  scheduler_status: 1,
  offset: 4200,
  numrow: 4200,
  progress: 100,
  started_at: `${EXAMPLE_DATE} 02:00:00`,
  finished_at: `${EXAMPLE_DATE} 02:00:03`,
  error_details: null,
};

export const STATUS_REPORT = {
  etl_status: 'completed',
  run_id: RUN,
  extraction_date: EXAMPLE_DATE,
  provisional: false,
  settings_differ: false,
  batches: { activity_counts: FINISHED_BATCH, user_counts: FINISHED_BATCH, main_etl: FINISHED_BATCH },
  ledger: DATE_LEDGER,
  last_completed_date: EXAMPLE_DATE,
  next_run_at: '2024-01-17 02:00:00',
};

export const SchedulerRow = z
  .strictObject({
    id: z.int(),
    run_id: runId,
    job_id: z.string(),
    batch_name: Batch,
    extraction_date: LocalDate,
    offset: institutionCount('Rows done'),
    numrow: institutionCount('Rows in all'),
    limit_size: count,
    status: schedulerStatus,
    start_date: Time.meta({ description: 'The first second of the extraction date' }),
    end_date: Time.meta({ description: 'The last second of the extraction date' }),
    trigger_type: z.enum(TRIGGER_TYPES),
    requested_by: z.string(),
    attempt: count,
    error_details: z.string().nullable(),
    failure_code: z
      .enum([...FAILURE_CODES, 'UNKNOWN'])
      .nullable()
      .meta({
        description:
          'Why the batch failed, for programs; null if it has not failed. `UNKNOWN`: a process of an older version ended the batch, and no worker has filled the code yet.',
      }),
    details: z.looseObject({}).meta({
      description:
        'Findings of the batch, such as the rows read, counted and left out by reason. Empty for viewers.',
    }),
    active_key: z
      .string()
      .nullable()
      .meta({ description: '`batch|date` while the row is queued or in progress' }),
    fence: count,
    lease_until: Time.nullable(),
    started_at: Time.nullable(),
    finished_at: Time.nullable(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'SchedulerRow' });
export type SchedulerRow = z.infer<typeof SchedulerRow>;

export const SCHEDULER_ROW = {
  id: 3,
  run_id: RUN,
  job_id: `${RUN}-main-etl`,
  batch_name: 'main_etl',
  extraction_date: EXAMPLE_DATE,
  offset: 120,
  numrow: 120,
  limit_size: 500,
  status: 1,
  start_date: `${EXAMPLE_DATE} 00:00:00`,
  end_date: `${EXAMPLE_DATE} 23:59:59`,
  trigger_type: 'schedule',
  requested_by: 'schedule',
  attempt: 1,
  error_details: null,
  failure_code: null,
  details: { time_zone: 'UTC', loaded: 120, provisional: false },
  active_key: null,
  fence: 1,
  lease_until: null,
  started_at: '2024-01-16 02:00:02',
  finished_at: '2024-01-16 02:00:03',
  created_at: '2024-01-16 02:00:00',
  updated_at: '2024-01-16 02:00:03',
};
