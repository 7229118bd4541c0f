import type { Batch } from '@etl/core';
import type { FastifyRequest } from 'fastify';
import type { SchedulerRow, StatusReport } from '../contract/run-answers.ts';
import { callerOf } from './caller.ts';

/** In place of what is there, but is not for viewers: errors name servers and accounts, and rows count the whole institution. */
const WITHHELD = '(for administrators)';

/** How a run went, as far as its reader is to know. */
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
    batches: {
      activity_counts: withheld(activity_counts),
      user_counts: withheld(user_counts),
      main_etl: withheld(main_etl),
    },
  };
}

/** A row of `log_scheduler`, as far as its reader is to know. */
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
