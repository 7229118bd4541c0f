import { setTimeout as sleep } from 'node:timers/promises';
import { type EtlStatus, statusInWords } from '@etl/core';
import {
  type LogSchedulerRow,
  onSnapshot,
  type Run,
  type RunState,
  runState,
  type Warehouse,
} from '@etl/warehouse';
import { MultiBar, type SingleBar } from 'cli-progress';
import { colouredStatus } from './colours.ts';
import { endingOnInterrupt } from './interrupt.ts';
import { paceOf } from './pace.ts';

/** Often enough to look alive, seldom enough not to be felt by the database. */
export const LOOK_EVERY_MS = 200;

/** A worker that runs takes a job at once. */
export const LOOKS_BEFORE_HINT = 25;

/** How a run is shown: all that happens (as bars on a terminal, as lines elsewhere), or not at all. */
export type Showing = 'told' | 'silent';

/** Shows a run until it has ended. Returns how it ended. */
export async function followRun(warehouse: Warehouse, runId: string, how: Showing): Promise<EtlStatus> {
  const view = viewFor(how);
  return endingOnInterrupt(
    () => view?.stop(),
    () => untilEnd(warehouse, runId, view),
  );
}

async function untilEnd(warehouse: Warehouse, runId: string, view: View | undefined): Promise<EtlStatus> {
  for (let looks = 1; ; looks++) {
    const run = await onSnapshot(warehouse, (snapshot) => runState(snapshot, runId));
    if (!run) throw new Error(`Run ${runId} has vanished from log_scheduler`);
    view?.show(run);
    if (run.status === 'completed' || run.status === 'failed') {
      view?.stop();
      if (view) process.stdout.write(`${summary(run)}\n`);
      return run.status;
    }
    if (looks === LOOKS_BEFORE_HINT && run.status === 'queued') {
      sayStillQueued();
    }
    await sleep(LOOK_EVERY_MS);
  }
}

export function sayStillQueued(): void {
  process.stderr.write('Still queued: is a worker running (pnpm worker)? Ctrl-C leaves it in the queue.\n');
}

function viewFor(how: Showing): View | undefined {
  if (how === 'silent') return undefined;
  return process.stdout.isTTY ? new Bars() : new Lines();
}

interface View {
  show(run: RunState): void;
  stop(): void;
}

/** A line whenever a batch changes its status. */
class Lines implements View {
  readonly #told = new Map<string, EtlStatus>();

  show(run: RunState): void {
    for (const row of run.rows) {
      const status = statusInWords(row.status);
      if (this.#told.get(row.batch_name) === status) continue;
      this.#told.set(row.batch_name, status);
      process.stdout.write(`${row.batch_name.padEnd(16)} ${colouredStatus(status)}${outcome(row)}\n`);
    }
  }

  stop(): void {}
}

/** A bar for each batch. */
class Bars implements View {
  readonly #all = new MultiBar({
    format: '{batch} [{bar}] {percentage}% {value}/{total} rows, {state}',
    // A terminal of 80 columns shows all of it.
    barsize: 12,
    hideCursor: true,
    forceRedraw: true,
  });
  readonly #bars = new Map<string, SingleBar>();

  show(run: RunState): void {
    for (const row of run.rows) {
      const total = Math.max(row.numrow, 1);
      const status = statusInWords(row.status);
      // A finished batch that had nothing to do is done, not at zero.
      const value = status === 'completed' ? total : row.offset;
      const shown = {
        batch: row.batch_name.padEnd(16),
        state: (status === 'running' && paceOf(row, new Date())) || colouredStatus(status),
      };
      const bar = this.#bars.get(row.batch_name) ?? this.#all.create(total, 0, shown);
      this.#bars.set(row.batch_name, bar);
      bar.setTotal(total);
      bar.update(value, shown);
    }
  }

  stop(): void {
    this.#all.stop();
  }
}

function outcome(row: LogSchedulerRow): string {
  if (row.error_details) return `: ${row.error_details}`;
  if (row.details.loaded === undefined) return '';
  return `: ${row.details.rows?.read ?? 0} rows read, ${row.details.loaded} loaded`;
}

/** How a run has ended, and why its batches have failed. */
export function summary(run: Run): string {
  const failures = run.rows.filter(({ error_details }) => error_details !== null);
  const why = failures.map((row) => `\n  ${row.batch_name}: ${row.error_details}`).join('');
  return `Run ${run.runId} of ${run.date} ${colouredStatus(run.status)}${run.status === 'failed' ? why : ''}`;
}
