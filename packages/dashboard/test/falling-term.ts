import { addDays, datesBetween, VIEW_COLUMNS } from '@etl/core';
import { buildRollUps, type UserActivity } from '@etl/warehouse';
import { course, type Gateway, mergeRows } from '../../gateway/test/support.ts';
import { CATEGORIES, LAST, loadCategories } from './term.ts';

/** The default range of pages, and the one before it. */
export const FROM = addDays(LAST, -27);
const FIRST = addDays(FROM, -28);

type Kind = (typeof VIEW_COLUMNS)[number];

/** Views that a course lacks on each day of a week of the range. The first week is 0. */
interface Fall {
  kind: Kind;
  week: number;
  perDay: number;
}

/** Each falls in two kinds and two weeks, in one kind and one week more than in the others. */
const FALLS: Record<number, Fall[]> = {
  204: [
    { kind: 'quiz_views', week: 1, perDay: 20 },
    { kind: 'quiz_views', week: 2, perDay: 18 },
    { kind: 'quiz_views', week: 3, perDay: 18 },
    { kind: 'file_views', week: 0, perDay: 19 },
  ],
  211: [
    { kind: 'video_views', week: 3, perDay: 20 },
    { kind: 'video_views', week: 2, perDay: 15 },
    { kind: 'forum_views', week: 1, perDay: 10 },
  ],
  217: [
    { kind: 'forum_views', week: 0, perDay: 20 },
    { kind: 'forum_views', week: 2, perDay: 10 },
  ],
  227: [
    { kind: 'assignment_views', week: 2, perDay: 15 },
    { kind: 'url_views', week: 2, perDay: 8 },
  ],
  234: [
    { kind: 'url_views', week: 1, perDay: 12 },
    { kind: 'file_views', week: 3, perDay: 6 },
  ],
  241: [{ kind: 'file_views', week: 3, perDay: 4 }],
  // Of another faculty.
  240: [{ kind: 'file_views', week: 0, perDay: 20 }],
};

export const COURSES = Array.from({ length: 75 }, (_, index) => {
  const id = 201 + index;
  return {
    id,
    name: `Course ${String.fromCharCode(65 + (id % 26))}${id}`,
    category: [7, 8, 9, 7, 8, 7, 8][id % 7] as number,
    students: 10 + ((id * 37) % 91),
  };
});

/** Eight weeks. Five courses of Engineering fall clearly, a sixth a little, and many rise by a few views. */
export async function loadFallingTerm(gateway: Gateway): Promise<void> {
  await loadCategories(gateway);
  for (const date of datesBetween(FIRST, LAST))
    await mergeRows(
      gateway,
      date,
      COURSES.map((one) => rowOf(one, date)),
    );
  await buildRollUps(gateway.warehouse);
}

function rowOf({ id, name, category, students }: (typeof COURSES)[number], date: string): UserActivity {
  const day = datesBetween(FROM, LAST).indexOf(date);
  const views = Object.fromEntries(VIEW_COLUMNS.map((kind) => [kind, 20]));
  // Of every fifth course, one kind rises, and once more in the last week.
  if (day >= 0 && id % 5 === 3 && !(id in FALLS)) views.file_views = 20 + (id % 7) * (day < 21 ? 1 : 2);
  for (const { kind, week, perDay } of FALLS[id] ?? [])
    if (day >= 0 && Math.floor(day / 7) === week) views[kind] = (views[kind] ?? 0) - perDay;
  const total = Object.values(views).reduce((sum, count) => sum + count, 0);
  return {
    ...course(id),
    ...views,
    course_name: name,
    course_shortname: `S${id}`,
    id_number: `C${id}`,
    category_id: category,
    category_path: CATEGORIES.find((one) => one.id === category)?.path ?? '',
    num_students: students,
    total_views: total,
    active_days: 1,
  };
}
