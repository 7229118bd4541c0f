import type { UserActivity } from '@etl/warehouse';
import { expect } from 'vitest';
import type { Gateway } from './support.ts';
import { build, DATES, rowsOf, type World } from './world.ts';

/** The rows of each date before a world was loaded and afterwards. */
export interface LoadedWorld {
  dates: { date: string; before: UserActivity[]; after: UserActivity[] }[];
  /** The newest restatement before. */
  lastRestatement: number;
}

/** Loads a world in place of the one before, and remembers what it replaces. */
export async function loadWorld(gateway: Gateway, all: World): Promise<LoadedWorld> {
  const rowsNow = (date: string) =>
    gateway.warehouse
      .selectFrom('user_activity_etl')
      .selectAll()
      .where('extraction_date', '=', date)
      .execute();
  const before = await Promise.all(DATES.map(rowsNow));
  const { id } = await gateway.warehouse
    .selectFrom('restatements')
    .select((of) => of.fn.max('id').as('id'))
    .executeTakeFirstOrThrow();
  const merges = await gateway.warehouse.selectFrom('log_scheduler').select('id').limit(1).execute();
  await build(gateway, all);
  // The first world replaces nothing.
  if (merges.length === 0) return { dates: [], lastRestatement: 0 };
  return {
    dates: DATES.map((date, day) => ({ date, before: before[day] ?? [], after: rowsOf(all, day) })),
    lastRestatement: id ?? 0,
  };
}

type Get = (path: string) => Promise<{ json(): Record<string, never> }>;

/**
 * Checks what a reader sees of the restatements that a world made: the sums and the courses of its scope, and nothing
 * of rows beyond it. Returns how many courses it saw.
 */
export async function checkRestatements(
  { dates, lastRestatement }: LoadedWorld,
  get: Get,
  isInScope: (category: number) => boolean,
): Promise<number> {
  const isSeen = (row: UserActivity | undefined) => row !== undefined && isInScope(Number(row.category_id));
  let seen = 0;
  for (const { date, before, after } of dates) {
    const changed = changedIds(before, after).filter((id) =>
      [before, after].some((rows) => isSeen(find(rows, id))),
    );
    const { data } = (await get(`restatements?from=${date}&to=${date}&limit=1`)).json() as unknown as {
      data: { id: number; restated_at: string }[];
    };
    const newest = data.find(({ id }) => id > lastRestatement);
    expect(newest === undefined).toBe(changed.length === 0);
    if (!newest) continue;
    const [day] = (await get(`days?from=${date}&to=${date}`)).json().data as unknown as [
      { restated_at: string },
    ];
    expect(day.restated_at).toBe(newest.restated_at);
    expect(newest).toMatchObject({
      courses_changed: changed.length,
      old: sums(before.filter(isSeen)),
      new: sums(after.filter(isSeen)),
    });
    const courses = (await get(`restatements/${newest.id}?limit=1000`)).json().data as unknown as {
      moodle_course_id: number;
      old: object | null;
      new: object | null;
    }[];
    expect(courses.map(({ moodle_course_id }) => moodle_course_id)).toEqual(changed);
    for (const { moodle_course_id: id, ...course } of courses) {
      expect([course.old !== null, course.new !== null]).toEqual([
        isSeen(find(before, id)),
        isSeen(find(after, id)),
      ]);
    }
    seen += courses.length;
  }
  return seen;
}

function find(rows: readonly UserActivity[], id: number): UserActivity | undefined {
  return rows.find(({ moodle_course_id }) => Number(moodle_course_id) === id);
}

/** The courses whose rows differ, in the order of their ids. Worlds differ in these columns. */
function changedIds(before: readonly UserActivity[], after: readonly UserActivity[]): number[] {
  const figures = (row: UserActivity | undefined) =>
    row && JSON.stringify([Number(row.category_id), row.total_views, row.num_students]);
  const ids = new Set([...before, ...after].map(({ moodle_course_id }) => Number(moodle_course_id)));
  return [...ids]
    .filter((id) => figures(find(before, id)) !== figures(find(after, id)))
    .toSorted((a, b) => a - b);
}

function sums(rows: readonly UserActivity[]) {
  const sum = (column: 'total_views' | 'num_students') => rows.reduce((all, row) => all + row[column], 0);
  return { courses: rows.length, total_views: sum('total_views'), num_students: sum('num_students') };
}
