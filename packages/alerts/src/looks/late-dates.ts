import { addDays, type Config, datesBetween, today } from '@etl/core';
import { dateRecords, migratedAt, type Warehouse } from '@etl/warehouse';
import type { Alert, Look } from '../alert.ts';

const CAUSE = 'late:';

/**
 * Looks whether the figures of each date are there by the end of the day after it: of the dates since the tables were made, as far back as is
 * caught up. Also where nothing has ever run, or nothing was to run by itself.
 */
export async function lateDateLooks(
  warehouse: Warehouse,
  known: readonly Alert[],
  { ETL_TIMEZONE: timeZone, ETL_CATCH_UP_DAYS: days }: Pick<Config, 'ETL_TIMEZONE' | 'ETL_CATCH_UP_DAYS'>,
  now: Date,
): Promise<Look[]> {
  const made = await migratedAt(warehouse);
  if (made === undefined) return [];
  // The newest date whose window has closed.
  const newest = addDays(today(timeZone, now), -2);
  const expected = datesBetween(later(today(timeZone, made), addDays(newest, -days)), newest);
  const alerted = known.flatMap(({ cause }) => (cause.startsWith(CAUSE) ? [cause.slice(CAUSE.length)] : []));
  const dates = [...new Set([...expected, ...alerted])];
  const records = await dateRecords(warehouse, dates);
  return dates.map((date) => {
    const cause = CAUSE + date;
    if (records.get(date)?.isFinal) return { cause, isThere: false };
    const deadline = addDays(date, 1);
    return {
      cause,
      isThere: true,
      message: `The figures of ${date} are not there: they were due by the end of ${deadline} (${timeZone})`,
    };
  });
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
