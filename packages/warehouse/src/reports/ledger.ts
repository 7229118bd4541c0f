import { datesBetween, type Ledger } from '@etl/core';
import type { BatchDetails } from '../log-scheduler/details.ts';
import { newestMerges } from '../log-scheduler/newest-merges.ts';
import type { Warehouse } from '../warehouse.ts';
import type { DateRange } from './asked-range.ts';

/** `not_recorded`: a version before ledgers merged the date, or it was taken over from the PHP system. */
export const LEDGER_STATES = ['recorded', 'not_recorded'] as const;

/** The ledger of a date, as answers show it. */
export type DateLedger =
  | ({ state: 'recorded' } & Ledger)
  | { state: 'not_recorded'; read: null; counted: null; left_out: null };

/** The ledger in the details of a completed merge. */
export function ledgerIn({ ledger }: Pick<BatchDetails, 'ledger'>): DateLedger {
  if (ledger) return { state: 'recorded', ...ledger };
  return { state: 'not_recorded', read: null, counted: null, left_out: null };
}

/** The ledgers of a range: of each date with figures, oldest first. */
export async function ledgersReport(
  snapshot: Warehouse,
  { from, to }: DateRange,
): Promise<{ ledgers: ({ extraction_date: string } & DateLedger)[]; missingDates: string[] }> {
  const merges = await newestMerges(snapshot, from, to);
  return {
    ledgers: [...merges].map(([date, { details }]) => ({ extraction_date: date, ...ledgerIn(details) })),
    missingDates: datesBetween(from, to).filter((date) => !merges.has(date)),
  };
}
