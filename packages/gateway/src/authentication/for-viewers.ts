import type { Batch } from '@etl/core';
import type { DateLedger } from '@etl/warehouse';
import type { FastifyRequest } from 'fastify';
import type { RunEvent } from '../contract/event-answers.ts';
import type { SchedulerRow, StatusReport } from '../contract/run-answers.ts';
import { callerOf } from './caller.ts';

/** Replaces texts that viewers must not see: errors name servers and accounts. */
const WITHHELD = '(for administrators)';

/** The report without what the caller must not see: its counts are of the whole institution. */
export function reportFor(request: FastifyRequest, report: StatusReport): StatusReport {
  if (callerOf(request).role === 'administrator') return report;
  const { activity_counts, user_counts, main_etl } = report.batches;
  const withheld = (batch: StatusReport['batches'][Batch]) => ({
    ...batch,
    offset: null,
    numrow: null,
    error_details: batch.error_details && WITHHELD,
  });
  return {
    ...report,
    ledger: null,
    batches: {
      activity_counts: withheld(activity_counts),
      user_counts: withheld(user_counts),
      main_etl: withheld(main_etl),
    },
  };
}

/** The ledger of a date, whose numbers are of the whole institution: null for viewers. */
export function ledgerFor(request: FastifyRequest, ledger: DateLedger): DateLedger | null {
  return callerOf(request).role === 'administrator' ? ledger : null;
}

/** The row of `log_scheduler` without what the caller must not see. */
export function schedulerRowFor(request: FastifyRequest, row: SchedulerRow): SchedulerRow {
  if (callerOf(request).role === 'administrator') return row;
  return {
    ...row,
    offset: null,
    numrow: null,
    error_details: row.error_details && WITHHELD,
    requested_by: WITHHELD,
    details: {},
  };
}

/** The event without what viewers must not see. */
export function runEventForViewers(event: RunEvent): RunEvent {
  return { ...event, offset: null, numrow: null, error_details: event.error_details && WITHHELD };
}
