import { dayOf, isWithinWindow, type TriggerType } from '@etl/core';
import type { DateRecord, RecordedFailure } from '@etl/warehouse';

/** What the schedule does about a date. */
export type Decision =
  | {
      kind: 'leave';
      why: 'completed' | 'running' | 'cancelled' | 'source purged' | 'failure unknown' | 'too old';
    }
  | { kind: 'start'; trigger: Extract<TriggerType, 'schedule' | 'catch_up'> }
  | { kind: 'retry'; runId: string };

export interface DecisionContext {
  now: Date;
  timeZone: string;
  /** The oldest date that is caught up. */
  oldest: string;
  /** The first date with a scheduled run. */
  firstScheduled: string | undefined;
}

/**
 * Decides about a due date from its rows in `log_scheduler`. The first run of a date that the schedule starts is a
 * scheduled one. If its window has closed, the start fails with ETL_WINDOW_EXPIRED, and the date is caught up.
 */
export function decide(date: string, record: DateRecord | undefined, context: DecisionContext): Decision {
  if (record?.isActive) return { kind: 'leave', why: 'running' };
  if (record?.isFinal) return { kind: 'leave', why: 'completed' };
  const hasFailedOf = (code: RecordedFailure['code']) =>
    record?.newestRun.failures.some((failure) => failure.code === code);
  // A process of a former version ended the run. Its code is filled before dates are reconciled again.
  if (hasFailedOf('UNKNOWN')) return { kind: 'leave', why: 'failure unknown' };
  // The schedule does not retry a finished day's run that a person cancelled, or whose source has lost rows: a
  // person decides.
  if (record && isOfWholeDay(date, record, context)) {
    if (hasFailedOf('CANCELLED')) return { kind: 'leave', why: 'cancelled' };
    if (hasFailedOf('SOURCE_PURGED')) return { kind: 'leave', why: 'source purged' };
  }
  const trigger = isWithinWindow(date, context.timeZone, context.now) ? 'schedule' : 'catch_up';
  if (!record?.wasScheduled) {
    // A date from before the schedule has missed no window.
    const isEarlier = context.firstScheduled === undefined || date < context.firstScheduled;
    return { kind: 'start', trigger: isEarlier ? trigger : 'schedule' };
  }
  if (date < context.oldest) return { kind: 'leave', why: 'too old' };

  const { newestRun } = record;
  const hasFailed = newestRun.failures.length > 0;
  // A retry of a run of another time zone is rejected: see `requireZone`.
  const isOfThisZone = newestRun.timeZone === context.timeZone;
  // During a fault the schedule retries the same run. It does not start new ones.
  if (hasFailed && isOfThisZone && newestRun.trigger === trigger && newestRun.batches.includes('main_etl')) {
    return { kind: 'retry', runId: newestRun.runId };
  }
  return { kind: 'start', trigger };
}

/** Whether the newest run is a pipeline that was started after the day had ended. A live run never is. */
function isOfWholeDay(date: string, { newestRun }: DateRecord, { timeZone }: DecisionContext): boolean {
  if (newestRun.trigger === 'live') return false;
  return newestRun.batches.includes('main_etl') && newestRun.createdAt >= dayOf(date, timeZone).end;
}
