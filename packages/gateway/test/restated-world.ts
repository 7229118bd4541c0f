import type { UserActivity } from '@etl/warehouse';
import { expect } from 'vitest';
import type { Reader } from './readers.ts';
import type { Gateway } from './support.ts';
import { build, DATES, rowsOf, type World } from './world.ts';

/** The rows of each date before a world was loaded and afterwards. */
export interface LoadedWorld {
  dates: { date: string; before: UserActivity[]; after: UserActivity[] }[];
  /** The newest restatement before. */
  lastRestatement: number;
  /** Below how many students the rows of its restatements are small. */
  smallBelow: number;
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
  if (merges.length === 0) return { dates: [], lastRestatement: 0, smallBelow: all.smallBelow };
  return {
    dates: DATES.map((date, day) => ({ date, before: before[day] ?? [], after: rowsOf(all, day) })),
    lastRestatement: id ?? 0,
    smallBelow: all.smallBelow,
  };
}

/**
 * Checks what a reader sees of the restatements that a world made: the sums and the courses of its scope, and nothing
 * of rows beyond it. Returns how many courses it saw.
 */
export async function checkRestatements(
  { dates, lastRestatement, smallBelow }: LoadedWorld,
  { get, sees, least }: Reader,
): Promise<number> {
  // Of restatements with another number it is not known which rows were small: a viewer sees nothing of them.
  const isKnown = least === 0 || least === smallBelow;
  const isSeen = (row: UserActivity | undefined) =>
    isKnown && row !== undefined && sees({ category: Number(row.category_id), students: row.num_students });
  let seen = 0;
  for (const { date, before, after } of dates) {
    const changed = changedIds(before, after).filter((id) =>
      [before, after].some((rows) => isSeen(find(rows, id))),
    );
    const { data } = (await get(`restatements?from=${date}&to=${date}&limit=1`)).json() as {
      data: { id: number; restated_at: string }[];
    };
    const newest = data.find(({ id }) => id > lastRestatement);
    expect(newest === undefined).toBe(changed.length === 0);
    if (!newest) continue;
    const [day] = (await get(`days?from=${date}&to=${date}`)).json().data as [{ restated_at: string }];
    expect(day.restated_at).toBe(newest.restated_at);
    expect(newest).toMatchObject({
      courses_changed: changed.length,
      old: sums(before.filter(isSeen)),
      new: sums(after.filter(isSeen)),
    });
    const courses = (await get(`restatements/${newest.id}?limit=1000`)).json().data as {
      moodle_course_id: number;
      why: string[];
      course_name: string;
      old: object | null;
      new: object | null;
    }[];
    expect(courses.map(({ moodle_course_id }) => moodle_course_id)).toEqual(changed);
    for (const { moodle_course_id: id, ...course } of courses) {
      expect([course.old !== null, course.new !== null]).toEqual([
        isSeen(find(before, id)),
        isSeen(find(after, id)),
      ]);
      const [was, is] = [find(before, id), find(after, id)];
      // A row that the reader cannot see came or went. Its name and the other reasons are not said.
      if (!isSeen(was) || !isSeen(is)) expect(course.why).toEqual(['course_changed']);
      expect(course.course_name).toBe((isSeen(is) ? is : was)?.course_name);
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
