import type { LogSchedulerRow } from '../log-scheduler/rows.ts';
import { localTime } from './local-time.ts';

/** A row of `log_scheduler` with its times in a time zone. */
export function presentSchedulerRow(row: LogSchedulerRow, timeZone: string) {
  const { details } = row;
  return {
    ...row,
    details:
      details.user_counts_as_of === undefined
        ? details
        : { ...details, user_counts_as_of: localTime(details.user_counts_as_of, timeZone) },
    lease_until: localTime(row.lease_until, timeZone),
    started_at: localTime(row.started_at, timeZone),
    finished_at: localTime(row.finished_at, timeZone),
    created_at: localTime(row.created_at, timeZone),
    updated_at: localTime(row.updated_at, timeZone),
  };
}
