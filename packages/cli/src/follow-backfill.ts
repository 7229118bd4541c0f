import { setTimeout as sleep } from 'node:timers/promises';
import type { EtlStatus } from '@etl/core';
import { type Run, runsOf, type Warehouse } from '@etl/warehouse';
import { MultiBar, type SingleBar } from 'cli-progress';
import { type Display, POLL_EVERY_MS, POLLS_BEFORE_HINT, sayStillQueued, summary } from './follow-run.ts';
import { endingOnInterrupt } from './interrupt.ts';

/**
 * Follows the runs of a backfill until all have ended. Prints a line when a day ends, and on a terminal a bar below
 * the lines. Returns the last status of each run.
 */
export async function followBackfill(
  warehouse: Warehouse,
  runIds: readonly string[],
  display: Display,
): Promise<Map<string, EtlStatus>> {
  const view = display === 'shown' && runIds.length > 0 ? viewOf(runIds.length) : undefined;
  return endingOnInterrupt(
    () => view?.stop(),
    () => untilEnd(warehouse, runIds, view),
  );
}

async function untilEnd(
  warehouse: Warehouse,
  runIds: readonly string[],
  view: View | undefined,
): Promise<Map<string, EtlStatus>> {
  const ends = new Map<string, EtlStatus>();
  for (let polls = 1; ; polls++) {
    const open = runIds.filter((runId) => !ends.has(runId));
    if (open.length === 0) break;
    const runs = await runsOf(warehouse, open);
    const lost = open.find((runId) => !runs.some((run) => run.runId === runId));
    if (lost) throw new Error(`Run ${lost} is no longer in log_scheduler`);
    for (const run of inOrderOfEnd(runs.filter(hasEnded))) {
      ends.set(run.runId, run.status);
      view?.ended(run);
    }
    if (polls === POLLS_BEFORE_HINT && runs.every(({ status }) => status === 'queued')) sayStillQueued();
    if (ends.size < runIds.length) await sleep(POLL_EVERY_MS);
  }
  view?.stop();
  return ends;
}

function hasEnded({ status }: Run): boolean {
  return status === 'completed' || status === 'failed';
}

/** Several days can end between two polls. */
function inOrderOfEnd(runs: readonly Run[]): Run[] {
  const endOf = ({ rows }: Run) =>
    rows
      .map((row) => row.finished_at ?? '')
      .toSorted()
      .at(-1) ?? '';
  return runs.toSorted((a, b) => endOf(a).localeCompare(endOf(b)) || a.date.localeCompare(b.date));
}

interface View {
  ended(run: Run): void;
  stop(): void;
}

function viewOf(days: number): View {
  return process.stdout.isTTY ? barOf(days) : { ended: (run) => print(summary(run)), stop: () => {} };
}

/** One bar for all days. Printed lines scroll away above it. */
function barOf(days: number): View {
  const bars = new MultiBar({
    format: `[{bar}] {value} of {total} day${days === 1 ? '' : 's'}{failed}`,
    barsize: 40,
    hideCursor: true,
    forceRedraw: true,
  });
  const bar: SingleBar = bars.create(days, 0, { failed: '' });
  let failed = 0;
  return {
    ended: (run) => {
      if (run.status === 'failed') failed += 1;
      bars.log(`${summary(run)}\n`);
      bar.increment(1, { failed: failed > 0 ? `, ${failed} failed` : '' });
    },
    stop: () => {
      // The bar redraws only now and then.
      bars.update();
      bars.stop();
    },
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
