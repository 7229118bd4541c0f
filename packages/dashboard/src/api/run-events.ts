import type { QueryClient } from '@tanstack/react-query';
import type { RunEvent, SchedulerRow } from './types.ts';

/** The rows of a date, and when they were answered. */
export interface SchedulerAnswer {
  data: SchedulerRow[];
  timestamp: string;
}

const CODES = { completed: 1, running: 2, failed: 3, queued: 4, not_started: null } as const;

/** Puts an event's progress into the rows in the cache. Returns whether they have to be read again. */
export function takeRunEvent(queries: QueryClient, event: RunEvent): boolean {
  const key = ['scheduler', { date: event.extraction_date }];
  const answer = queries.getQueryData<SchedulerAnswer>(key);
  if (!answer) return true;
  const { rows, isKnown } = rowsAfter(answer.data, event);
  if (isKnown) queries.setQueryData<SchedulerAnswer>(key, { ...answer, data: rows });
  return !isKnown;
}

/** The rows with the progress of the event. A row whose state differs, or a run that is new, is not known. */
export function rowsAfter(
  rows: readonly SchedulerRow[],
  event: RunEvent,
): { rows: SchedulerRow[]; isKnown: boolean } {
  const isMeant = (row: SchedulerRow) => row.run_id === event.run_id && row.batch_name === event.batch_name;
  const known = rows.find(isMeant);
  return {
    rows: rows.map((row) => (isMeant(row) ? { ...row, offset: event.offset, numrow: event.numrow } : row)),
    isKnown: known !== undefined && known.status === CODES[event.status],
  };
}
