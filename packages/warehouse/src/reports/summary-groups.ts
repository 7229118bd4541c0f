import { forEachInSlices, mapInSlices } from '@etl/core';
import type { MoodleId } from '../tables.ts';
import { categoryActivity } from './category-activity.ts';
import { type CoursePart, extreme, newestOf } from './course-part.ts';
import { type DateSet, daysTogether } from './date-set.ts';
import { activeDaysOf, daySums } from './day-sums.ts';
import type { ReadRange } from './read-range.ts';
import { figures, rollUp } from './roll-up.ts';
import { courseNames } from './summary-rows.ts';
import { moodleCourseId } from './user-activity.ts';

/**
 * The groups of the wanted page (`shown`), of `count`. `activeDays`, if known: the days on which any of the
 * groups was active.
 */
export type Groups = Awaited<ReturnType<typeof byCourse | typeof byDay | typeof byCategory>>;
export type SummaryGroup = Groups['shown'][number];

/** Cuts the wanted page out of all groups. */
export type Wanted = <Of>(groups: readonly Of[]) => Of[];

export async function byCourse(range: ReadRange, parts: readonly CoursePart[], wanted: Wanted) {
  const all = [...Map.groupBy(parts, ({ course }) => course)];
  const shown = wanted(all).map(([course, own]) => ({ course, own, date: newestOf(own).newest.date }));
  const names = await courseNames(range, shown);
  return {
    count: all.length,
    shown: await mapInSlices(shown, ({ course, own }) => ({
      moodle_course_id: moodleCourseId(course),
      course_id: null,
      id_number: null,
      course_name: null,
      course_shortname: null,
      ...names.get(course),
      ...rollUp(own, {
        count: own.reduce((sum, { activeDays }) => sum + activeDays, 0),
        first: extreme(
          own.map(({ firstActive }) => firstActive),
          -1,
        ),
        last: extreme(
          own.map(({ lastActive }) => lastActive),
          1,
        ),
      }),
    })),
  };
}

export async function byDay(range: ReadRange, wanted: Wanted) {
  const all = await daySums(range);
  return {
    count: all.length,
    activeDays: activeDaysOf(all),
    shown: wanted(all).map(({ date, courses, students, teachers, views, activeCourses }) => {
      const days = activeCourses > 0 ? 1 : 0;
      return { extraction_date: date, ...figures({ courses, students, teachers, views, days, span: days }) };
    }),
  };
}

/** By the category tree of the last merge: a row belongs to the place of its category in it. */
export async function byCategory(
  range: ReadRange,
  parts: readonly CoursePart[],
  groupBy: 'unit' | 'directorate',
  wanted: Wanted,
) {
  const active = await categoryActivity(range);
  const categories = await range.snapshot.selectFrom('course_categories_etl').selectAll().execute();
  const byId = new Map(categories.map((category) => [String(category.id), category]));
  /** The ids of the directorate, and of the unit, that a category is in. */
  const placeOf = (category: MoodleId) => {
    const [directorate = '', unit = ''] = byId.get(String(category))?.path.split('/').slice(1) ?? [];
    return groupBy === 'unit' ? `${directorate}/${unit}` : directorate;
  };
  const all = new Map<string, { own: CoursePart[]; dates: DateSet[] }>();
  const groupOf = (category: MoodleId) => {
    const place = placeOf(category);
    const group = all.get(place) ?? { own: [], dates: [] };
    all.set(place, group);
    return group;
  };
  await forEachInSlices(parts, (part) => groupOf(part.category).own.push(part));
  for (const { category, dates } of active) groupOf(category).dates.push(dates);
  const presented = (id: string | undefined) => {
    const category = byId.get(id ?? '');
    return category ? { id: category.id, idnumber: category.idnumber, name: category.name } : null;
  };
  const sorted = [...all].toSorted(([a], [b]) => inOrder(a, b));
  return {
    count: all.size,
    activeDays: daysTogether(active.map(({ dates }) => dates)),
    shown: await mapInSlices(wanted(sorted), ([place, { own, dates }]) => {
      const [directorate, unit] = place.split('/');
      return {
        directorate: presented(directorate),
        ...(groupBy === 'unit' && { unit: presented(unit) }),
        ...rollUp(own, daysTogether(dates)),
      };
    }),
  };
}

/** Sorts by the ids, level by level. Rows without a category come first. */
function inOrder(a: string, b: string): number {
  const [x, y] = [a.split('/').map(Number), b.split('/').map(Number)];
  const at = x.findIndex((id, level) => id !== y[level]);
  return at < 0 ? 0 : (x[at] ?? 0) - (y[at] ?? 0);
}
