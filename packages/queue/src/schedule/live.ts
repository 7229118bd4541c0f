import { EtlError, today } from '@etl/core';
import { dateRecords, deleteOldLiveRuns } from '@etl/warehouse';
import type { RunControl } from '../runs/run-control.ts';
import { startRun } from '../runs/start-run.ts';

/** What a live tick needs. */
export interface LiveControl extends Omit<RunControl, 'now'> {
  /** Why the source must not be read now. Undefined if its load is low. */
  sourceLoad(): Promise<object | undefined>;
}

const REQUESTED_BY = 'schedule';

/**
 * Starts a live run: the pipeline of today, whose figures are provisional. Skips it while a run of the date is queued
 * or in progress, while the source is under load, and if `startRun` refuses it. The next tick comes soon. Deletes the
 * rows of earlier live runs.
 */
export async function startLiveRun(control: LiveControl, now: Date): Promise<void> {
  const { warehouse, config, log } = control;
  const date = today(config.ETL_TIMEZONE, now);
  const why = await whyNot(control, date);
  if (why) {
    log.info({ date, ...why }, 'live run skipped');
    return;
  }
  try {
    await startRun(
      { ...control, now: () => now },
      { kind: 'pipeline', date, trigger: 'live', requestedBy: REQUESTED_BY },
    );
  } catch (error) {
    if (!(error instanceof EtlError)) throw error;
    log.warn({ date, code: error.code, why: error.message }, 'live run not started');
    return;
  }
  await deleteOldLiveRuns(warehouse);
}

async function whyNot({ warehouse, sourceLoad }: LiveControl, date: string): Promise<object | undefined> {
  const records = await dateRecords(warehouse, [date]);
  if (records.get(date)?.isActive) return { why: 'running' };
  return sourceLoad();
}
