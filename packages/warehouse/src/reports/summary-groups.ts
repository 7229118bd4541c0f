import { forEachInSlices } from '@etl/core';
import type { MoodleId } from '../tables.ts';
import { type CategorySums, categorySums } from './category-sums.ts';
import { courseEnrolments } from './course-enrolments.ts';
import { courseNames } from './course-names.ts';
import { type CourseEnrolments, type CoursePart, extreme, newestOf } from './course-part.ts';
import type { Days } from './date-set.ts';
import { activeDaysOf, daySums } from './day-sums.ts';
import type { ReadRange } from './read-range.ts';
import { figures, rolledUp, rolledUpCategories, rollUp } from './roll-up.ts';
import { type WantedGroups, wantedGroups } from './summary-order.ts';
import { courseParts } from './summary-rows.ts';
import { moodleCourseId } from './user-activity.ts';

/** The groups of the wanted page (`shown`), of `count`, and the figures of all groups together. */
export type Groups = Awaited<ReturnType<typeof byCourse | typeof byDay | typeof byCategory>>;
export type SummaryGroup = Groups['shown'][number];

export async function byCourse(range: ReadRange, wanted: WantedGroups) {
  const parts = await courseParts(range);
  const all = [...Map.groupBy(parts, ({ course }) => course)].map(([course, own]) => ({
    course,
    own,
    date: newestOf(own).newest.date,
  }));
  const page = await wantedGroups(
    all,
    {
      figuresOf: ({ own }) => rollUp(own, daysOf(own)),
      namesOf: async (groups) => {
        const names = await courseNames(range, groups);
        return new Map(groups.map((group) => [group, names.get(group.course)?.course_name ?? '']));
      },
    },
    wanted,
  );
  const names = await courseNames(
    range,
    page.map(({ group }) => group),
  );
  return {
    count: all.length,
    totals: rollUp(parts, activeDaysOf(await daySums(range))),
    shown: page.map(({ group: { course }, figures }) => ({
      moodle_course_id: moodleCourseId(course),
      course_id: null,
      id_number: null,
      course_name: null,
      course_shortname: null,
      ...names.get(course),
      ...figures,
    })),
  };
}

/** The days with activity of one course. It has one row a date, so its parts have no date in common. */
export function daysOf(parts: readonly CoursePart[]): Days {
  return {
    count: parts.reduce((sum, { activeDays }) => sum + activeDays, 0),
    first: extreme(
      parts.map(({ firstActive }) => firstActive),
      -1,
    ),
    last: extreme(
      parts.map(({ lastActive }) => lastActive),
      1,
    ),
  };
}

export async function byDay(range: ReadRange, wanted: WantedGroups) {
  const all = await daySums(range);
  const page = await wantedGroups(
    all,
    {
      figuresOf: ({ courses, students, teachers, views, activeCourses }) => {
        const days = activeCourses > 0 ? 1 : 0;
        return figures({ courses, students, teachers, views, days, span: days });
      },
      namesOf: async (days) => new Map(days.map((day) => [day, day.date])),
    },
    wanted,
  );
  return {
    count: all.length,
    totals: rolledUp(
      await courseEnrolments(range),
      all.map(({ views }) => views),
      activeDaysOf(all),
    ),
    shown: page.map(({ group: { date }, figures }) => ({ extraction_date: date, ...figures })),
  };
}

/** By the category tree of the last merge: a row belongs to the place of its category in it. */
export async function byCategory(range: ReadRange, groupBy: 'unit' | 'directorate', wanted: WantedGroups) {
  const courses = await courseEnrolments(range);
  const sums = await categorySums(range);
  const categories = await range.snapshot.selectFrom('course_categories_etl').selectAll().execute();
  const byId = new Map(categories.map((category) => [String(category.id), category]));
  /** The ids of the directorate, and of the unit, that a category is in. */
  const placeOf = (category: MoodleId) => {
    const [directorate = '', unit = ''] = byId.get(String(category))?.path.split('/').slice(1) ?? [];
    return groupBy === 'unit' ? `${directorate}/${unit}` : directorate;
  };
  const all = new Map<string, { courses: CourseEnrolments[]; sums: CategorySums[] }>();
  const groupOf = (category: MoodleId) => {
    const place = placeOf(category);
    const group = all.get(place) ?? { courses: [], sums: [] };
    all.set(place, group);
    return group;
  };
  await forEachInSlices(courses, (course) => groupOf(course.category).courses.push(course));
  for (const own of sums) groupOf(own.category).sums.push(own);
  const presented = (id: string | undefined) => {
    const category = byId.get(id ?? '');
    return category ? { id: category.id, idnumber: category.idnumber, name: category.name } : null;
  };
  const groups = [...all]
    .toSorted(([a], [b]) => byIds(a, b))
    .map(([place, group]) => {
      const [directorate, unit] = place.split('/');
      const presentedUnit = groupBy === 'unit' && { unit: presented(unit) };
      return { place: { directorate: presented(directorate), ...presentedUnit }, ...group };
    });
  const page = await wantedGroups(
    groups,
    {
      figuresOf: ({ courses, sums }) => rolledUpCategories(courses, sums),
      namesOf: async (some) => new Map(some.map((group) => [group, nameOf(group.place)])),
    },
    wanted,
  );
  return {
    count: all.size,
    totals: rolledUpCategories(courses, sums),
    shown: page.map(({ group: { place }, figures }) => ({ ...place, ...figures })),
  };
}

type Presented = { name: string } | null;

/** Of the unit, if groups are units. Rows outside any unit sort by their directorate alone. */
function nameOf({ directorate, unit }: { directorate: Presented; unit?: Presented }): string {
  return [unit?.name, directorate?.name].filter((name) => name !== undefined).join('\n');
}

/** Sorts by the ids, level by level. Rows without a category come first. */
function byIds(a: string, b: string): number {
  const [x, y] = [a.split('/').map(BigInt), b.split('/').map(BigInt)];
  const at = x.findIndex((id, level) => id !== y[level]);
  return at < 0 ? 0 : (x[at] ?? 0n) < (y[at] ?? 0n) ? -1 : 1;
}
