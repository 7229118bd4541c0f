import { pluralIn } from '../plural.ts';

const plural = pluralIn('en-GB');

export const charts = {
  state: 'State',
  comparedDate: 'Compared date',
  before: (figure: string) => `${figure}, compared`,
  partial: (dates: string) => `${dates} (partial)`,
  legend: 'Legend',
  compared: 'Compared range',
  week: 'Week',
  since: 'Since',
  students: 'Students',
  teachers: 'Teachers',
  steps: 'Views a day',
  noViews: 'none',
  step: (from: string, to: string) => `${from} to ${to}`,
  calendarHint: 'Arrow keys move between days.',
  weekOf: (date: string) => `Week of ${date}`,
  lastRun: 'Last run',
  batch: 'Batch',
  batches: {
    activity_counts: 'Count of views',
    user_counts: 'Count of enrolments',
    main_etl: 'Merge',
  },
  statuses: {
    not_started: 'Not started',
    queued: 'Queued',
    running: 'In progress',
    completed: 'Finished',
    failed: 'Failed',
  },
  queuedAt: 'Queued at',
  startedAt: 'Started at',
  finishedAt: 'Ended at',
  duration: 'Duration',
  attempts: 'Attempts',
  attempt: (count: number) => plural(count, String(count), { one: 'attempt', other: 'attempts' }),
  weekly: (views: string) => `Views in the last 12 weeks, oldest first: ${views}`,
};
