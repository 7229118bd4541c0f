import {
  countDates,
  datesBetween,
  EtlError,
  type EtlStatus,
  parsePastOrPresentDate,
  wrongField,
} from '@etl/core';
import type { RunControl } from './run-control.ts';
import { askedRun, presentStartedRun, type StartedRun, startRun } from './start-run.ts';

/** A year, so that the answer to a request stays readable. */
const MOST_DAYS = 366;

export interface BackfillRequest {
  /** First and last date, as the caller gave them. */
  from: string;
  to: string;
  by: 'api' | 'cli';
  requestedBy: string;
  force?: boolean;
}

export interface Backfill {
  started: StartedRun[];
  /** Dates for which no run was started, with the reason. */
  skipped: { date: string; error: EtlError }[];
}

/**
 * Starts a pipeline run for each date, oldest first. Skips dates with an active run. Throws INVALID_REQUEST, and
 * QUEUE_UNAVAILABLE or SETTINGS_DIFFER if no run could be started.
 */
export async function startBackfill(control: RunControl, request: BackfillRequest): Promise<Backfill> {
  const { config, now } = control;
  const backfill: Backfill = { started: [], skipped: [] };
  for (const date of datesOf(request, control)) {
    try {
      const { by, requestedBy, force = false } = request;
      const asked = askedRun(by, date, config.ETL_TIMEZONE, now());
      backfill.started.push(await startRun(control, { kind: 'pipeline', ...asked, requestedBy, force }));
    } catch (error) {
      if (!(error instanceof EtlError)) throw error;
      // All other dates would fail with the same error.
      const isOfAll = error.code === 'QUEUE_UNAVAILABLE' || error.code === 'SETTINGS_DIFFER';
      if (isOfAll && backfill.started.length === 0) throw error;
      backfill.skipped.push({ date, error });
    }
  }
  return backfill;
}

/** A backfill as the API and the command show it. `ends`: the final status of runs that the caller has followed. */
export function presentBackfill(
  { started, skipped }: Backfill,
  ends: ReadonlyMap<string, EtlStatus> = new Map(),
) {
  return {
    runs: started.map((run) => presentStartedRun(run, ends.get(run.runId))),
    skipped: skipped.map(({ date, error }) => ({
      extraction_date: date,
      code: error.code,
      error: error.message,
    })),
  };
}

function datesOf(request: BackfillRequest, { config, now }: RunControl): string[] {
  const from = parsePastOrPresentDate(request.from, config.ETL_TIMEZONE, now(), 'from');
  const to = parsePastOrPresentDate(request.to, config.ETL_TIMEZONE, now(), 'to');
  if (from > to) throw wrongField('from', `${from} is after ${to}`);
  const days = countDates(from, to);
  if (days > MOST_DAYS) {
    throw wrongField('from', `${from} to ${to} are ${days} days; a backfill takes ${MOST_DAYS} at most`);
  }
  return datesBetween(from, to);
}
