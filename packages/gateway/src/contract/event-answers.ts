import { Batch, TRIGGER_TYPES } from '@etl/core';
import { z } from 'zod';
import { EXAMPLE_DATE, LocalDate, Time } from './answers.ts';
import { institutionCount, RUN, runId, status } from './run-answers.ts';

/** The data of the events of `GET events`. */

const trigger = z.enum(TRIGGER_TYPES);

export const RunEvent = z
  .strictObject({
    run_id: runId,
    extraction_date: LocalDate,
    trigger_type: trigger,
    batch_name: Batch,
    status,
    progress: z.int().min(0).max(100).meta({ description: 'Percent' }),
    offset: institutionCount('Rows done'),
    numrow: institutionCount('Rows in all'),
    error_details: z.string().nullable(),
  })
  .meta({ id: 'RunEvent', description: 'The state or the progress of a batch has changed' });
export type RunEvent = z.infer<typeof RunEvent>;

export const DayEvent = z
  .strictObject({
    extraction_date: LocalDate,
    state: z.enum(['completed', 'replaced', 'failed']).meta({
      description:
        '`completed`: the date has its first figures; `replaced`: it has others than before; `failed`: the run failed, and the date keeps what it had',
    }),
    run_id: runId,
    trigger_type: trigger,
    provisional: z.boolean().nullable().meta({
      description: 'The figures were extracted before their day ended; null if the run failed',
    }),
    finished_at: Time.nullable(),
  })
  .meta({ id: 'DayEvent', description: 'The figures of a date have changed, or a run of it has failed' });
export type DayEvent = z.infer<typeof DayEvent>;

const RUN_EVENT: RunEvent = {
  run_id: RUN,
  extraction_date: EXAMPLE_DATE,
  trigger_type: 'schedule',
  batch_name: 'main_etl',
  status: 'completed',
  progress: 100,
  offset: 4200,
  numrow: 4200,
  error_details: null,
};

const DAY_EVENT: DayEvent = {
  extraction_date: EXAMPLE_DATE,
  state: 'completed',
  run_id: RUN,
  trigger_type: 'schedule',
  provisional: false,
  finished_at: `${EXAMPLE_DATE} 02:00:03`,
};

/** An event in the form of Server-Sent Events. JSON has no line breaks. */
export function eventText(event: 'run' | 'day', data: RunEvent | DayEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What the answer of `GET events` looks like. */
export const EventText = z
  .string()
  .meta({ examples: [eventText('run', RUN_EVENT) + eventText('day', DAY_EVENT)] });
