import { mergesByDate } from '../log-scheduler/newest-merges.ts';
import { VIEWS, type Views } from '../reports/read-range.ts';
import type { MoodleId } from '../tables.ts';
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
}

/** Writes the part of a date in the transaction of its merge. Both are committed, or neither. */
export async function writeDayPart(
  trx: WarehouseTransaction,
  { date, schedulerId, rows }: LoadedMerge,
): Promise<void> {
  const earlier = (await mergesByDate(trx, date, date)).get(date);
  const merges = earlier === undefined ? String(schedulerId) : `${schedulerId}+${earlier}`;
  await writePart(trx, spanOf('day', date), merges, { days: sumsByCategory(rows) });
}

/** The sums of each category's own rows. */
export function sumsByCategory(rows: readonly UserActivity[]): CategoryDay[] {
  const sums = new Map<MoodleId, CategoryDay>();
  for (const row of rows) {
    const sum = sums.get(row.category_id) ?? nothing(row.category_id);
    sums.set(row.category_id, sum);
    sum.courses += 1;
    sum.activeCourses += row.active_days > 0 ? 1 : 0;
    sum.students += row.num_students;
    sum.teachers += row.num_teachers;
    for (const views of VIEWS) sum.views[views] += row[views];
  }
  return [...sums.values()];
}

function nothing(category: MoodleId): CategoryDay {
  const views = Object.fromEntries(VIEWS.map((kind) => [kind, 0])) as Views;
  return { category, courses: 0, activeCourses: 0, students: 0, teachers: 0, views };
}
