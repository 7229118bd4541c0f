import type { StatusReport } from '@etl/warehouse';
import type { FastifyRequest } from 'fastify';
import { callerOf } from './caller.ts';

/** In place of what is there, but is not for viewers: errors name servers and accounts, and rows count the whole institution. */
const WITHHELD = '(for administrators)';

/** Of a batch that a viewer may know of, without what counts or names anything outside its scope. */
type WithoutTotals<Row> = Omit<Row, 'offset' | 'numrow'> & { offset: null; numrow: null };

type BatchReport = StatusReport['batches']['main_etl'];
type ViewersReport = Omit<StatusReport, 'batches'> & {
  batches: Record<keyof StatusReport['batches'], WithoutTotals<BatchReport>>;
};

/** How a run went, as far as its reader is to know. */
export function reportFor(request: FastifyRequest, report: StatusReport): StatusReport | ViewersReport {
  if (callerOf(request).role === 'administrator') return report;
  const { activity_counts, user_counts, main_etl } = report.batches;
  const withheld = (batch: BatchReport) => ({
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
export function schedulerRowFor(
  request: FastifyRequest,
  row: { error_details: string | null; requested_by: string; details: object },
): object {
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
