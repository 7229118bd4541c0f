import { mergesByDate } from '../log-scheduler/newest-merges.ts';
import { VIEWS, type Views } from '../reports/read-range.ts';
import { isSmall, keyOfPlace, type RowPlace } from '../row-place.ts';
import type { UserActivity } from '../user-activity.ts';
import type { WarehouseTransaction } from '../warehouse.ts';
import { spanOf } from './spans.ts';
import { type CategoryDay, writePart } from './write-part.ts';

/** A merge that is about to complete, and the rows that it has loaded: all rows of its date. */
export interface LoadedMerge {
  date: string;
  /** Of its row in `log_scheduler`. */
  schedulerId: number;
  rows: readonly UserActivity[];
  /** Rows with fewer students are small: they can be withheld. Default: none are. */
  smallBelow?: number;
}

/** Writes the part of a date in the transaction of its merge. Both are committed, or neither. */
export async function writeDayPart(
  trx: WarehouseTransaction,
  { date, schedulerId, rows, smallBelow = 0 }: LoadedMerge,
): Promise<void> {
  const earlier = (await mergesByDate(trx, date, date)).get(date);
  const merges = earlier === undefined ? String(schedulerId) : `${schedulerId}+${earlier}`;
  await writePart(trx, spanOf('day', date), { merges, smallBelow }, { days: sumsByPlace(rows, smallBelow) });
}

/** The sums of each place's own rows. */
export function sumsByPlace(rows: readonly UserActivity[], smallBelow: number): CategoryDay[] {
  const sums = new Map<string, CategoryDay>();
  for (const row of rows) {
    const place = { category: row.category_id, isSmall: isSmall(row.num_students, smallBelow) };
    const key = keyOfPlace(place);
    const sum = sums.get(key) ?? nothing(place);
    sums.set(key, sum);
    sum.courses += 1;
    sum.activeCourses += row.active_days > 0 ? 1 : 0;
    sum.students += row.num_students;
    sum.teachers += row.num_teachers;
    for (const views of VIEWS) sum.views[views] += row[views];
  }
  return [...sums.values()];
}

function nothing(place: RowPlace): CategoryDay {
  const views = Object.fromEntries(VIEWS.map((kind) => [kind, 0])) as Views;
  return { ...place, courses: 0, activeCourses: 0, students: 0, teachers: 0, views };
}
