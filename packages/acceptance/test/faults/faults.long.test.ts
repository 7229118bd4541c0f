import { randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Ledger } from '@etl/core';
import {
  type DayTables,
  documentedLedger,
  documentedTables,
  loadedTables,
  type Random,
  randomOf,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post } from '../system.ts';
import { FAULTS, oneAfterTheOther } from './faults.ts';
import { type FaultySystem, openFaultySystem, SAMPLE } from './faulty-system.ts';

/** `FAULT_SEED` replays one run. Otherwise `FAULT_RUNS` is the number of runs. */
const SEEDS = process.env.FAULT_SEED
  ? [process.env.FAULT_SEED]
  : Array.from({ length: Number(process.env.FAULT_RUNS ?? 15) }, () => randomBytes(4).toString('hex'));

const BATCHES = ['activity_counts', 'user_counts', 'main_etl'];
/** Far longer than any recovery takes. */
const PATIENCE = { seconds: 90, everyMs: 100 };

let faulty: FaultySystem;
const documented = new Map<string, DayTables>();
const ledgers = new Map<string, Ledger>();
/** The time of the runs without a fault. */
let undisturbedMs = 0;

beforeAll(async () => {
  faulty = await openFaultySystem();
  await withConnection(faulty.system.sourceUrl, async (connection) => {
    for (const date of SAMPLE.dates) {
      const start = Date.parse(`${date}T00:00:00Z`) / 1000;
      const day = { date, timeZone: '+00:00', start, end: start + 86_400 };
      const moodle = nameOf(faulty.system.sourceUrl);
      documented.set(date, await documentedTables(connection, moodle, day));
      ledgers.set(date, await documentedLedger(connection, moodle, day));
    }
  });
  const began = performance.now();
  await runAll(SAMPLE.dates, 0);
  undisturbedMs = performance.now() - began;
  process.stdout.write(`undisturbed: ${Math.round(undisturbedMs)} ms\n`);
});

/** For each fault: its runs, and how many of them it interrupted. */
const tried = new Map<string, { runs: number; interrupted: number }>();

afterAll(async () => {
  await faulty?.close();
  for (const [fault, { runs, interrupted }] of [...tried].toSorted()) {
    process.stdout.write(`${fault}: interrupted something in ${interrupted} of ${runs} runs\n`);
  }
});

it.each(SEEDS.map((seed, index) => [index + 1, seed, faultsOf(randomOf(seed)).join(' and ')] as const))(
  'run %i (FAULT_SEED=%s): %s',
  async (_index, seed) => {
    const random = randomOf(seed);
    const names = faultsOf(random);
    const dates = SAMPLE.dates.filter(() => random.chance(0.6));
    if (dates.length === 0) dates.push(SAMPLE.dates[0] as string);
    const moment = random.int(0, Math.round((undisturbedMs * dates.length) / SAMPLE.dates.length));
    const [row] = await faulty.system.rows('SELECT COALESCE(MAX(id), 0) AS id FROM log_scheduler');
    const last = row?.id as number;
    for (const date of dates) await poison(date);

    const faults = names.map((name) => FAULTS[name] as (typeof FAULTS)[string]);
    const [first, second] = faults;
    await Promise.all([
      runAll(dates, last),
      after(names.some((name) => name.includes('between')) ? 0 : moment).then(() =>
        first && second ? oneAfterTheOther([first, second], faulty, random) : first?.(faulty, random),
      ),
    ]);

    await withConnection(faulty.system.warehouseUrl, async (connection) => {
      const warehouse = nameOf(faulty.system.warehouseUrl);
      for (const date of dates) {
        expect(await loadedTables(connection, warehouse, date)).toEqual(documented.get(date));
      }
    });
    const merges = await faulty.system.rows(
      "SELECT id, CONCAT(extraction_date, '') AS date, details FROM log_scheduler WHERE id > ? AND batch_name = 'main_etl' AND status = 1",
      [last],
    );
    for (const { date, details } of merges) expect(JSON.parse(details).ledger).toEqual(ledgers.get(date));
    // The figures were spoiled, so each merge has changed final figures, and has recorded that once.
    const restated = await faulty.system.rows('SELECT id FROM restatements WHERE id > ? ORDER BY id', [last]);
    expect(restated.map(({ id }) => id)).toEqual(merges.map(({ id }) => id).toSorted((a, b) => a - b));
    const finished = await faulty.system.rows(
      `SELECT CONCAT(extraction_date, ' ', batch_name) AS batch, COUNT(*) AS times FROM log_scheduler
       WHERE id > ? AND status = 1 GROUP BY extraction_date, batch_name ORDER BY extraction_date, batch_name`,
      [last],
    );
    const once = dates.flatMap((date) =>
      BATCHES.toSorted().map((batch) => ({ batch: `${date} ${batch}`, times: 1 })),
    );
    expect(finished).toEqual(once);
    const active = 'SELECT * FROM log_scheduler WHERE status IN (2, 4) OR active_key IS NOT NULL';
    expect(await faulty.system.rows(active)).toEqual([]);
    await waitUntil(async () => (await jobsThatMayRun()) === 0, 'the queue to be empty', PATIENCE);

    const runs = await faulty.system.rows('SELECT DISTINCT run_id FROM log_scheduler WHERE id > ?', [last]);
    const wasInterrupted = await faulty.wasInterrupted(runs.map(({ run_id }) => run_id as string));
    const fault = names.join(' and ');
    const { runs: before, interrupted } = tried.get(fault) ?? { runs: 0, interrupted: 0 };
    tried.set(fault, { runs: before + 1, interrupted: interrupted + Number(wasInterrupted) });
  },
  // Vitest's own limit must not end a run.
  300_000,
);

/** Spoils all figures of the date, so that only a load can correct them. */
async function poison(date: string): Promise<void> {
  for (const [table, course, figure] of [
    ['activity_counts_etl', 'courseid', 'file_views'],
    ['user_counts_etl', 'courseid', 'num_students'],
    ['user_activity_etl', 'moodle_course_id', 'total_views'],
  ]) {
    const { rows } = faulty.system;
    await rows(`UPDATE ${table} SET ${figure} = ${figure} + 1000 WHERE extraction_date = ?`, [date]);
    await rows(`DELETE FROM ${table} WHERE extraction_date = ? ORDER BY id LIMIT 3`, [date]);
    const category = table === 'user_activity_etl' ? ', category_id' : '';
    await rows(
      `INSERT INTO ${table} (${course}, extraction_date${category}) VALUES (999999, ?${category && ', 1'})`,
      [date],
    );
  }
}

/** One fault, or two in a quarter of the runs. */
function faultsOf(random: Random): string[] {
  const names = Object.keys(FAULTS);
  const first = random.pick(names);
  return random.chance(0.25) ? [first, random.pick(names)] : [first];
}

/** Runs the dates like a persistent caller, who asks again if no run was started, and waits for the end. */
async function runAll(dates: readonly string[], last: number): Promise<void> {
  await Promise.all(dates.map((date) => runOne(date, last)));
}

async function runOne(date: string, last: number): Promise<void> {
  const { system } = faulty;
  const ask = () => system.call('run_pipeline', post({ date })).catch(() => undefined);
  await ask();
  await waitUntil(
    async () => {
      const rows = await system
        .rows('SELECT * FROM log_scheduler WHERE id > ? AND extraction_date = ? ORDER BY id', [last, date])
        .catch(() => undefined);
      if (rows === undefined) return false;
      const newest = rows.filter(({ run_id }) => run_id === rows.at(-1)?.run_id);
      if (newest.length > 0 && newest.every(({ status }) => status === 1)) return true;
      // No run was started: the call did not arrive or was refused.
      const wasRefused = newest.every(({ status, attempt }) => status === 3 && attempt === 0);
      if (wasRefused) {
        await ask();
        return false;
      }
      const failed = newest.filter(({ status }) => status === 3);
      if (failed.length > 0) throw new Error(`A batch failed: ${JSON.stringify(failed)}`);
      return false;
    },
    `${date} to complete`,
    PATIENCE,
  );
}

/** The number of jobs that wait, run or are delayed, by the board. */
async function jobsThatMayRun(): Promise<number> {
  const answer = await fetch(new URL('/admin/queues/api/queues', faulty.system.api), {
    headers: { authorization: `Basic ${Buffer.from('operator:board-password').toString('base64')}` },
  });
  // The gateway may not have reconnected to Redis yet.
  if (!answer.ok) return Number.POSITIVE_INFINITY;
  const { queues } = (await answer.json()) as { queues: { name: string; counts: Record<string, number> }[] };
  const states = ['active', 'waiting', 'waiting-children', 'prioritized', 'delayed', 'paused'];
  return queues
    .filter(({ name }) => name !== 'schedule')
    .flatMap(({ counts }) => states.map((state) => counts[state] ?? 0))
    .reduce((sum, count) => sum + count, 0);
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}
