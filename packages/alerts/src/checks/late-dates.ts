import { addDays, type Config, datesBetween, today } from '@etl/core';
import { dateRecords, migratedAt, type Warehouse } from '@etl/warehouse';
import type { Alert, Check } from '../alert.ts';

const CAUSE = 'late:';

type DueConfig = Pick<Config, 'ETL_TIMEZONE' | 'ETL_CATCH_UP_DAYS'>;

/**
 * Checks whether the figures of each due date are complete, and those of the dates that are alerted already. A date is
 * late even if nothing has ever run, or if the schedule is off.
 */
export async function lateDateChecks(
  warehouse: Warehouse,
  known: readonly Alert[],
  config: DueConfig,
  now: Date,
): Promise<Check[]> {
  const due = dueDates(await migratedAt(warehouse), config, now);
  if (due.length === 0) return [];
  const alerted = known.flatMap(({ cause }) => (cause.startsWith(CAUSE) ? [cause.slice(CAUSE.length)] : []));
  const dates = [...new Set([...due, ...alerted])];
  const late = new Set(await unfinished(warehouse, dates));
  return dates.map((date) => {
    const cause = CAUSE + date;
    if (!late.has(date)) return { cause, isFiring: false };
    return {
      cause,
      isFiring: true,
      message: `Figures of ${date} are missing. They were due by the end of ${addDays(date, 1)} (${config.ETL_TIMEZONE}).`,
    };
  });
}

/** The dates that are late at this moment. */
export async function lateDates(warehouse: Warehouse, config: DueConfig, now: Date): Promise<string[]> {
  return unfinished(warehouse, dueDates(await migratedAt(warehouse), config, now));
}

/**
 * The dates whose figures are due: since the tables were created, and as far back as missed dates are caught up. A
 * date is due at the end of the next day, in the institution's time zone.
 */
export function dueDates(
  createdAt: Date | undefined,
  { ETL_TIMEZONE: timeZone, ETL_CATCH_UP_DAYS: days }: DueConfig,
  now: Date,
): string[] {
  if (createdAt === undefined) return [];
  const newest = addDays(today(timeZone, now), -2);
  // With ETL_CATCH_UP_DAYS=0 only the newest due date is checked.
  const oldest = addDays(newest, 1 - Math.max(days, 1));
  return datesBetween(later(today(timeZone, createdAt), oldest), newest);
}

async function unfinished(warehouse: Warehouse, dates: readonly string[]): Promise<string[]> {
  const records = await dateRecords(warehouse, dates);
  return dates.filter((date) => !records.get(date)?.isFinal);
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
