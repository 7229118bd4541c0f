import type { FailureCode, SchedulerRow } from '../../api/types.ts';
import { pluralIn } from '../plural.ts';

const plural = pluralIn('en-GB');

const triggers: Record<SchedulerRow['trigger_type'], string> = {
  api: 'Started over the API',
  cli: 'Started on the command line',
  schedule: 'Started by the schedule',
  catch_up: 'Caught up by the schedule',
  backfill: 'Started for a past date',
  live: 'Live run of the schedule',
};

/** What a person does about each code. */
const remedies: Record<FailureCode, string> = {
  CANCELLED: 'A person cancelled the run. Run the date again if its figures are needed.',
  COUNTS_FAILED:
    'The merge waited for a count that failed. Repair its cause, then run the failed batches again.',
  DAY_NOT_OVER:
    'A clock was wrong: the run started before its day had ended. Synchronize the clocks with NTP, then run the date again.',
  JOB_GIVEN_UP:
    'The workers of this batch died again and again. Read their log, then run the failed batches again.',
  ERROR: 'Read the message below. Repair its cause, then run the failed batches again.',
  UNKNOWN:
    'A process of an older version ended this batch. Its code appears here within an hour. Read the message below.',
  SOURCE_PURGED: 'Moodle has deleted log rows of this date. Nothing needs to be done: the figures are kept.',
  SETTINGS_DIFFER:
    'Time zone or roles differ from those of the stored figures. Compare them with “etl settings”, then run the date again.',
  ETL_WINDOW_EXPIRED: 'The run could not start in time. Run the date again.',
  ETL_ALREADY_RUNNING: 'Another run of this date was active. Wait for it to end.',
  ETL_PREREQUISITES_MISSING: 'The counts of this date had not finished. Run the whole date.',
  DATABASE_UNAVAILABLE:
    'A database could not be reached. Repair it; the schedule runs failed dates again within an hour.',
  QUEUE_UNAVAILABLE: 'Redis could not be reached. Repair it, then run the failed batches again.',
  INTERNAL_ERROR: 'The software made a mistake. Report it with the message below.',
  INVALID_REQUEST: 'The request was wrong. Run the date again.',
  UNAUTHORIZED: 'A sign-in was refused. Check the accounts in the configuration.',
  FORBIDDEN: 'An account lacks a right. Check the grants with “etl doctor”.',
  NOT_FOUND: 'Something that the run needs does not exist. Read the message below.',
  RATE_LIMITED: 'There were too many requests. Run the failed batches again.',
};

const days = (count: number) => plural(count, String(count), { one: 'day', other: 'days' });

export const runs = {
  title: 'Runs',
  connection: {
    open: 'Live',
    connecting: 'Connecting …',
    lost: 'Not live. This page reads again every 10 seconds until it is live.',
  },
  next: (time: string) => `The next run starts ${time}.`,
  noSchedule: 'No run is scheduled.',
  calendar: 'Figures and runs of each date',
  calendarAbout: (zone: string) => `Days in ${zone}. Click a day to see its runs.`,
  severalHint: 'Hold Shift and click another day to select all days between.',
  earlier: 'Earlier',
  later: 'Later',
  figuresEnd: (date: string) => `The newest figures are of ${date}, before these weeks.`,
  figuresEndLink: 'Show the weeks up to that date',
  failed: 'The last run failed',
  active: 'A run is queued or in progress',
  late: 'Late',
  restated: 'Changed after it was final',
  attention: (count: number) =>
    plural(count, String(count), { one: 'date needs attention', other: 'dates need attention' }),
  stateOf: (state: string) => `Figures: ${state}`,
  countedAt: (time: string) => `counted ${time}`,
  enrolmentsAt: (time: string) => `enrolments counted ${time}`,
  restatedAt: (time: string) => `changed ${time}`,
  dueAt: (time: string) => `due ${time}`,
  noRun: 'No run of this date has been started.',
  run: (status: string) => `Newest run: ${status}`,
  forAdministrators: 'Administrators see why it failed.',
  started: (how: string, by: string) => `${how} by ${by}`,
  done: (part: string, all: string, what: string) => `${part} of ${all} ${what}`,
  counted: { activity_counts: 'log rows', user_counts: 'courses', main_etl: 'courses' },
  progress: (batch: string) => `Progress of ${batch}`,
  silent: (batch: string) =>
    `${batch}: its worker has stopped. If another worker runs, it takes the batch over.`,
  failures: 'Why it failed',
  message: 'Message',
  times: (zone: string) => `Times in ${zone}`,
  former: (count: number) => plural(count, String(count), { one: 'earlier run', other: 'earlier runs' }),
  id: 'Run',
  trigger: 'Started',
  by: 'By',
  triggers,
  remedies,
  cancel: 'Cancel this run',
  retry: 'Run the failed batches again',
  start: (date: string) => `Run ${date}`,
  again: (date: string) => `Run ${date} again`,
  smaller: (date: string) => `Replace the figures of ${date} by smaller ones`,
  smallerAbout: 'Moodle has deleted log rows of this date. A new run would count fewer views.',
  several: (count: number) => `Run ${days(count)}`,
  selected: (count: number, range: string) => `${days(count)} selected: ${range}`,
  clear: 'Clear the selection',
  preview: (count: number) => `Run ${days(count)}?`,
  previewAbout: 'The oldest dates run first. Until a date has finished, its former figures stay.',
  effect: 'Effect',
  effects: {
    first: 'First figures',
    replaced: 'Figures are replaced',
    active: 'Skipped: a run is active',
    purged: 'Figures are kept: Moodle has deleted log rows',
    future: 'Skipped: the day has not begun',
  },
  keep: 'Go back',
  queued: 'Queued.',
  ending: 'The run is ending.',
  refused: 'This was not done.',
  changed: 'The run or its date has changed meanwhile.',
  skipped: (dates: string) => `Skipped: ${dates}.`,
};
