import { addDays, countDates, parseDate, wrongField, yesterday } from '@etl/core';
import { lastFinalDate } from '../log-scheduler/newest-completed.ts';
import type { Warehouse } from '../warehouse.ts';

/** Three years. */
export const MOST_DATES = 1100;

/** Four whole weeks, so that each weekday counts the same. */
const DATES_BY_DEFAULT = 28;

/** Some dates one after the other, both ends included. */
export interface DateRange {
  from: string;
  to: string;
}

/** What a caller asks for. `datesToRead` completes it. */
export interface AskedRange {
  from?: string | undefined;
  to?: string | undefined;
}

/** Checks the dates that are given. Throws INVALID_REQUEST, which names the wrong field. */
export function parseRange({ from, to }: AskedRange): AskedRange {
  const asked = {
    from: from === undefined ? undefined : parseDate(from, 'from'),
    to: to === undefined ? undefined : parseDate(to, 'to'),
  };
  if (asked.from !== undefined && asked.to !== undefined) checkLength(asked.from, asked.to);
  return asked;
}

/**
 * The dates that a call reads. `to` defaults to the newest final date, or to yesterday if there is none: then the
 * answer has no figures. `from` defaults to the first of the 28 dates that end at `to`. Throws INVALID_REQUEST.
 */
export async function datesToRead(
  warehouse: Warehouse,
  asked: AskedRange,
  { timeZone, now }: { timeZone: string; now: Date },
): Promise<DateRange> {
  const to = asked.to ?? (await lastFinalDate(warehouse)) ?? yesterday(timeZone, now);
  const from = asked.from ?? addDays(to, 1 - DATES_BY_DEFAULT);
  checkLength(from, to, asked.to === undefined ? ' (the newest final date, since there is no to)' : '');
  return { from, to };
}

function checkLength(from: string, to: string, remark = ''): void {
  if (from > to) throw wrongField('from', `${from} is after ${to}${remark}`);
  const dates = countDates(from, to);
  if (dates > MOST_DATES) {
    throw wrongField(
      'from',
      `${from} to ${to}${remark} are ${dates} dates; a call reads ${MOST_DATES} at most`,
    );
  }
}
