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
import { ledgerLine } from './ledger-table.ts';
import { paceOf } from './pace.ts';

/** Smooth for a person, and a small load for the warehouse. */
export const POLL_EVERY_MS = 200;

/** A running worker takes a job at once. After five seconds the worker is probably missing. */
export const POLLS_BEFORE_HINT = 25;

/** Whether a run is shown: as bars on a terminal, as lines elsewhere. */
export type Display = 'shown' | 'silent';

/** Shows a run until it ends. Returns its last status. */
export async function followRun(warehouse: Warehouse, runId: string, display: Display): Promise<EtlStatus> {
  const view = viewFor(display);
  return endingOnInterrupt(
    () => view?.stop(),
    () => untilEnd(warehouse, runId, view),
  );
}

async function untilEnd(warehouse: Warehouse, runId: string, view: View | undefined): Promise<EtlStatus> {
  for (let polls = 1; ; polls++) {
    const run = await onSnapshot(warehouse, (snapshot) => runState(snapshot, runId));
    if (!run) throw new Error(`Run ${runId} is no longer in log_scheduler`);
    view?.show(run);
    if (run.status === 'completed' || run.status === 'failed') {
      view?.stop();
      if (view) process.stdout.write(`${ledgerOfRun(run)}${summary(run)}\n`);
      return run.status;
    }
    if (polls === POLLS_BEFORE_HINT && run.status === 'queued') {
      sayStillQueued();
    }
    await sleep(POLL_EVERY_MS);
  }
}

export function sayStillQueued(): void {
  process.stderr.write('Still queued: is a worker running (pnpm worker)? Ctrl-C leaves it in the queue.\n');
}

function viewFor(display: Display): View | undefined {
  if (display === 'silent') return undefined;
  return process.stdout.isTTY ? new Bars() : new Lines();
}

interface View {
  show(run: RunState): void;
  stop(): void;
}

/** Prints a line when a batch changes its status. */
class Lines implements View {
  readonly #printed = new Map<string, EtlStatus>();

  show(run: RunState): void {
    for (const row of run.rows) {
      const status = statusInWords(row.status);
      if (this.#printed.get(row.batch_name) === status) continue;
      this.#printed.set(row.batch_name, status);
      process.stdout.write(`${row.batch_name.padEnd(16)} ${colouredStatus(status)}${outcome(row)}\n`);
    }
  }

  stop(): void {}
}

/** Draws a bar for each batch. */
class Bars implements View {
  readonly #all = new MultiBar({
    format: '{batch} [{bar}] {percentage}% {value}/{total} rows, {state}',
    // The line fits 80 columns.
    barsize: 12,
    hideCursor: true,
    forceRedraw: true,
  });
  readonly #bars = new Map<string, SingleBar>();

  show(run: RunState): void {
    for (const row of run.rows) {
      const total = Math.max(row.numrow, 1);
      const status = statusInWords(row.status);
      // A completed batch without rows is at 100%, not at zero.
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

/** A line of where the log rows are that a completed merge of the run accounts for. */
function ledgerOfRun({ date, status, rows }: RunState): string {
  const ledger = rows.find(({ batch_name }) => batch_name === 'main_etl')?.details.ledger;
  return status === 'completed' && ledger ? `${ledgerLine(ledger, date)}\n` : '';
}

/** The last status of a run, and the errors of its failed batches. */
export function summary(run: Run): string {
  const failures = run.rows.filter(({ error_details }) => error_details !== null);
  const why = failures.map((row) => `\n  ${row.batch_name}: ${row.error_details}`).join('');
  return `Run ${run.runId} of ${run.date} ${colouredStatus(run.status)}${run.status === 'failed' ? why : ''}`;
}
