import { LEFT_OUT_REASONS, LEFT_OUT_WORDS, type Ledger } from '@etl/core';
import { waitUntil } from '../servers/server-process.ts';
import type { Call } from './api.ts';

interface BatchReport {
  status: string;
  offset: number;
  numrow: number;
  started_at: string;
  finished_at: string;
  error_details: string | null;
}

interface SchedulerRow {
  run_id: string;
  batch_name: string;
  details: {
    rows: { read: number; counted: number; left_out: Record<string, number> };
    loaded: number;
    duration_ms: number;
  };
}

/** What each batch reads. */
const UNITS: Record<string, string> = {
  activity_counts: 'log rows',
  user_counts: 'courses',
  main_etl: 'courses',
};

type Course = Record<string, string | number | null>;

/** Runs the pipeline of a date. Returns a report of it as text, 100 columns wide at most. */
export async function runAndShow(call: Call, date: string): Promise<string> {
  const began = performance.now();
  const started = await call<{ data: { run_id: string } }>('run_pipeline', { date });
  let status = await call<{ data: { etl_status: string; batches: Record<string, BatchReport> } }>('status');
  await waitUntil(
    async () => {
      status = await call(`status?date=${date}`);
      return ['completed', 'failed'].includes(status.data.etl_status);
    },
    'the pipeline to end',
    { seconds: 300 },
  );
  const took = ((performance.now() - began) / 1000).toFixed(1);
  if (status.data.etl_status !== 'completed') {
    throw new Error(`The pipeline failed: ${JSON.stringify(status.data.batches, null, 2)}`);
  }
  const scheduler = await call<{ data: SchedulerRow[] }>(`scheduler_data?date=${date}&limit=10`);
  const results = await call<{ data: Course[]; count: number; ledger: Ledger }>(`results/${date}`);
  return [
    `Pipeline of ${date}: completed in ${took} s (run ${started.data.run_id})`,
    '',
    ...Object.entries(status.data.batches).flatMap(([name, batch]) => {
      const row = scheduler.data.find(
        ({ batch_name, run_id }) => batch_name === name && run_id === started.data.run_id,
      );
      return batchLines(name, batch, row);
    }),
    '',
    ...ledgerLines(results.ledger),
    '',
    `user_activity_etl: ${results.count} courses; the ten most viewed:`,
    ...courseTable(results.data),
  ].join('\n');
}

function batchLines(name: string, batch: BatchReport, row: SchedulerRow | undefined): string[] {
  if (!row) throw new Error(`scheduler_data has no row of ${name}`);
  const { rows, loaded, duration_ms } = row.details;
  const leftOut = Object.entries(rows.left_out).filter(([, count]) => count > 0);
  const reasons = leftOut.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return [
    `  ${name.padEnd(16)} ${batch.started_at.slice(11)} – ${batch.finished_at.slice(11)} (${duration_ms} ms)  ` +
      `${rows.read} ${UNITS[name]} read, ${rows.counted} counted, ${loaded} loaded`,
    ...(reasons === '' ? [] : [`  ${''.padEnd(16)} left out: ${reasons}`]),
  ];
}

/** Where each log row of the day is. */
function ledgerLines({ read, counted, left_out }: Ledger): string[] {
  const line = (log_rows: number, words: string) => `  ${String(log_rows).padStart(9)}  ${words}`;
  return [
    `The ${read} log rows of the day:`,
    line(counted, 'counted in the figures'),
    ...LEFT_OUT_REASONS.map((reason) => line(left_out[reason], `${LEFT_OUT_WORDS[reason]} (${reason})`)),
  ];
}

function courseTable(courses: Course[]): string[] {
  const shown: [head: string, field: string, width: number][] = [
    ['course', 'course_shortname', 12],
    ['name', 'course_name', 32],
    ['category', 'course_id', 10],
    ['students', 'num_students', 8],
    ['teachers', 'num_teachers', 8],
    ['views', 'total_views', 6],
    ['per student', 'avg_activity_per_student_per_day', 11],
  ];
  const views = (course: Course) => Number(course.total_views);
  const top = courses.toSorted((a, b) => views(b) - views(a)).slice(0, 10);
  return [
    `  ${shown.map(([head, , width]) => head.padEnd(width)).join(' ')}`,
    ...top.map((course) =>
      `  ${shown.map(([, field, width]) => String(course[field] ?? '-').padEnd(width)).join(' ')}`.trimEnd(),
    ),
  ];
}
