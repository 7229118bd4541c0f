import { addDays, datesBetween, dayOf } from '@etl/core';
import { completedRow, dateRecords } from '@etl/warehouse';
import { type CalendarControl, carryOut } from './carry-out.ts';

/**
 * Extracts recent dates again whose log rows came late: the source has more rows now than the merged figures were
 * made of. If it has fewer, they were deleted, and the figures stay as they are.
 */
export async function extractLateRows(control: CalendarControl, newest: string): Promise<void> {
  const { warehouse, config, log } = control;
  const oldest = addDays(newest, -config.ETL_CATCH_UP_DAYS);
  const records = await dateRecords(warehouse, datesBetween(oldest, newest));
  for (const [date, { isFinal, isActive }] of records) {
    if (!isFinal || isActive) continue;
    const late = await lateRows(control, date);
    if (late.rows <= 0) continue;
    if (late.timeZone !== config.ETL_TIMEZONE) {
      // In another zone the date is another day, which overlaps its neighbours. A person decides.
      log.warn(
        { date, late: late.rows, timeZone: late.timeZone },
        'log rows came late for a date of another time zone, run a backfill',
      );
      continue;
    }
    log.info({ date, late: late.rows }, 'log rows of the date came late, extracting it again');
    await carryOut(control, date, { kind: 'start', trigger: 'catch_up' }, oldest);
  }
}

/** How many more log rows the source has of the date than were merged. 0 if that is unknown. */
async function lateRows(
  { warehouse, countLogRows, log }: CalendarControl,
  date: string,
): Promise<{ rows: number; timeZone: string }> {
  // The merge counts: activity that was counted again, but not merged, is not in the figures yet.
  const merged = await completedRow(warehouse, 'main_etl', date);
  if (merged?.details.log_rows === undefined) return { rows: 0, timeZone: '' };
  const timeZone = merged.details.time_zone;
  try {
    const found = await countLogRows(dayOf(date, timeZone));
    return { rows: found - merged.details.log_rows, timeZone };
  } catch (error) {
    // This process stops: another one must count them.
    if ((error as Error).name === 'AbortError') throw error;
    log.warn({ date, err: error }, 'cannot count the log rows of the date');
    return { rows: 0, timeZone };
  }
}
