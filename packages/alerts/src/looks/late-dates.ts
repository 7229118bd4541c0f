import { addDays, type Config, datesBetween, today } from '@etl/core';
import { dateRecords, migratedAt, type Warehouse } from '@etl/warehouse';
import type { Alert, Look } from '../alert.ts';

const CAUSE = 'late:';

type DueConfig = Pick<Config, 'ETL_TIMEZONE' | 'ETL_CATCH_UP_DAYS'>;

/**
 * Looks whether the figures of each date are there by the end of the day after it: of the dates since the tables were made, as far back as is
 * caught up. Also where nothing has ever run, or nothing was to run by itself.
 */
export async function lateDateLooks(
  warehouse: Warehouse,
  known: readonly Alert[],
  config: DueConfig,
  now: Date,
): Promise<Look[]> {
  const due = await dueDates(warehouse, config, now);
  if (due.length === 0) return [];
  const alerted = known.flatMap(({ cause }) => (cause.startsWith(CAUSE) ? [cause.slice(CAUSE.length)] : []));
  const dates = [...new Set([...due, ...alerted])];
  const late = new Set(await unfinished(warehouse, dates));
  return dates.map((date) => {
    const cause = CAUSE + date;
    if (!late.has(date)) return { cause, isThere: false };
    return {
      cause,
      isThere: true,
      message: `The figures of ${date} are not there: they were due by the end of ${addDays(date, 1)} (${config.ETL_TIMEZONE})`,
    };
  });
}

/** The dates that are late at this moment. */
export async function lateDates(warehouse: Warehouse, config: DueConfig, now: Date): Promise<string[]> {
  return unfinished(warehouse, await dueDates(warehouse, config, now));
}

/** The dates whose window has closed. */
async function dueDates(
  warehouse: Warehouse,
  { ETL_TIMEZONE: timeZone, ETL_CATCH_UP_DAYS: days }: DueConfig,
  now: Date,
): Promise<string[]> {
  const made = await migratedAt(warehouse);
  if (made === undefined) return [];
  const newest = addDays(today(timeZone, now), -2);
  // Yesterday's has not closed, and is not one of those that are caught up. Where none is, a day can be late all the same.
  const oldest = addDays(newest, 1 - Math.max(days, 1));
  return datesBetween(later(today(timeZone, made), oldest), newest);
}

async function unfinished(warehouse: Warehouse, dates: readonly string[]): Promise<string[]> {
  const records = await dateRecords(warehouse, dates);
  return dates.filter((date) => !records.get(date)?.isFinal);
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
