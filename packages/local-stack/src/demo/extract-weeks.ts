import { addDays } from '@etl/core';
import { waitUntil } from '../servers/server-process.ts';
import type { Call } from './api.ts';
import type { DemoOptions } from './options.ts';
import { type Bar, barOf } from './progress-bar.ts';
import { type Week, WITHOUT_RUN, weekLine, weeksOf } from './weeks.ts';

/** Codes of `scheduler_data`. */
const STATUS = { finished: 1, inProgress: 2, failed: 3, queued: 4 };

interface Work {
  call: Call;
  sample: DemoOptions['sample'];
  /** Brings the sample Moodle to the end of a date. */
  moveTo(date: string): Promise<void>;
  say(line: string): void;
  interrupted: AbortSignal;
}

/**
 * Runs the dates of the term that have no figures, week by week. Enrolments are counted when a run takes place: the
 * Moodle is therefore brought to the end of each week first. Prints a line for each week, also for those of last time.
 */
export async function extractWeeks(work: Work): Promise<void> {
  const { sample, say, interrupted } = work;
  const { term } = sample;
  const missing = await missingDates(work, term.from, term.to);
  const days = `Eight weeks, ${term.from} to ${term.to}`;
  if (missing.length === 0) say(`${days}: kept from last time`);
  else say(`${days}: POST run_backfill for each week, with its enrolments …`);
  const began = performance.now();
  const bar = barOf(missing.length, say);
  try {
    for (const week of weeksOf(term)) {
      const dates = missing.filter((date) => date >= week.from && date <= week.to);
      if (dates.length > 0) await runWeek(work, week, dates, bar);
      if (interrupted.aborted) return;
      bar.say(weekLine(week, await viewsOf(work, week), sample.rowsPerDay));
    }
  } finally {
    bar.stop();
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (missing.length > 0) say(`Backfill of ${missing.length} days: completed in ${seconds} s`);
  await work.moveTo(term.to);
}

/** Waits for the runs that an interrupted demo left in the queue. They see the Moodle as that demo left it. */
export async function finishLeftOver({ call, say }: Pick<Work, 'call' | 'say'>): Promise<void> {
  const active = async () => {
    const rows = await Promise.all(
      [STATUS.inProgress, STATUS.queued].map((status) =>
        call<{ data: unknown[] }>(`scheduler_data?status=${status}&limit=1`),
      ),
    );
    return rows.some(({ data }) => data.length > 0);
  };
  if (!(await active())) return;
  say('Waiting for runs of last time …');
  await waitUntil(async () => !(await active()), 'runs of last time to end', { seconds: 300, everyMs: 250 });
}

async function runWeek(work: Work, week: Week, dates: string[], bar: Bar): Promise<void> {
  const { call, moveTo, sample, interrupted } = work;
  await moveTo(week.to);
  const runs = new Set<string>();
  // First: if the demo is interrupted, the next one finds dates of this week missing, and does it again.
  const { late } = sample.term;
  const isLate = late.written >= week.from && late.written <= week.to;
  for (const range of [...(isLate ? rangesOf([late.date]) : []), ...rangesOf(dates)]) {
    const { data } = await call<{ data: { runs: { run_id: string }[] } }>('run_backfill', range);
    for (const { run_id } of data.runs) runs.add(run_id);
  }
  let ended = 0;
  await waitUntil(
    async () => {
      if (interrupted.aborted) return true;
      const now = await endedRuns(call, runs);
      bar.add(Math.min(now, dates.length) - Math.min(ended, dates.length));
      ended = now;
      return ended === runs.size;
    },
    `the runs of ${week.from} to ${week.to} to end`,
    { seconds: 300, everyMs: 250 },
  );
}

/** How many of these runs have finished. Throws if one has failed. */
async function endedRuns(call: Call, runs: ReadonlySet<string>): Promise<number> {
  interface Row {
    run_id: string;
    batch_name: string;
    status: number;
    extraction_date: string;
    error_details: string | null;
  }
  const { data } = await call<{ data: Row[] }>('scheduler_data?limit=100');
  const rows = data.filter(({ run_id }) => runs.has(run_id));
  const failed = rows.find(({ status }) => status === STATUS.failed);
  if (failed) throw new Error(`The run of ${failed.extraction_date} failed: ${failed.error_details}`);
  return rows.filter(({ batch_name, status }) => batch_name === 'main_etl' && status === STATUS.finished)
    .length;
}

interface Summary {
  totals: { total_views: number };
  missing_dates: string[];
}

async function missingDates({ call }: Work, from: string, to: string): Promise<string[]> {
  const summary = await call<Summary>(`summary?from=${from}&to=${to}&group_by=directorate&limit=1`);
  return summary.missing_dates.filter((date) => !WITHOUT_RUN.includes(date));
}

async function viewsOf({ call }: Work, { from, to }: Week): Promise<number> {
  const summary = await call<Summary>(`summary?from=${from}&to=${to}&group_by=directorate&limit=1`);
  return summary.totals.total_views;
}

/** The ranges that a few sorted dates make: a date that is left out divides a week. */
function rangesOf(dates: readonly string[]): { from: string; to: string }[] {
  const ranges: { from: string; to: string }[] = [];
  for (const date of dates) {
    const last = ranges.at(-1);
    if (last && addDays(last.to, 1) === date) last.to = date;
    else ranges.push({ from: date, to: date });
  }
  return ranges;
}
