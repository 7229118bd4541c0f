import { averageActivity, datesBetween, forEachInSlices, mapInSlices } from '@etl/core';
import { madeWithOtherSettings, storedSettings } from '../figure-settings.ts';
import { type BatchDetails, parseDetails } from '../log-scheduler/details.ts';
import { newestCompleted } from '../log-scheduler/newest-completed.ts';
import type { Scope } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { onSnapshot, type Warehouse } from '../warehouse.ts';
import {
  activeDates,
  activeDatesOfCategories,
  type CoursePart,
  courseNames,
  courseParts,
  dayFigures,
  type SummaryRange,
  VIEWS,
  type Views,
} from './summary-rows.ts';
import { moodleCourseId } from './user-activity.ts';

export const GROUPINGS = ['course', 'unit', 'directorate', 'day'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What is rolled up: the rows of these dates, both included, and which of the groups are wanted. */
export interface SummaryRequest {
  from: string;
  to: string;
  groupBy: Grouping;
  limit: number;
  offset: number;
}

/** Figures of several daily rows together. */
export interface RolledUp extends Views {
  /** Courses that have a row. */
  courses: number;
  /** Heads of each course by its newest row among these, added up: who is in two courses counts in both. */
  num_students: number;
  num_teachers: number;
  /** total_views / num_students / active_days, rounded half up; null where there are none of either. */
  avg_activity_per_student_per_day: number | null;
  /** Different days with activity. */
  active_days: number;
  /** Days from the first with activity to the last, both included. */
  active_days_span: number;
}

export interface Summary {
  groups: SummaryGroup[];
  hasNext: boolean;
  totals: RolledUp;
  /** Dates of the range whose merge has never completed: nothing of them is in the figures. */
  missingDates: string[];
  /** Dates that were extracted before their day had ended. */
  provisionalDates: string[];
  /** Dates whose figures were made with other settings than the stored ones. */
  settingsDifferDates: string[];
}

/**
 * Rolls daily rows up, exactly: every figure is made of the rows, none of other averages. All of one moment, at which `scopeAt` is
 * asked whose rows may be read. When `signal` aborts, the statement that runs is cancelled on the server.
 */
export async function summarize(
  warehouse: Warehouse,
  scopeAt: (snapshot: Warehouse) => Promise<Scope>,
  { from, to, groupBy, limit, offset }: SummaryRequest,
  signal?: AbortSignal,
): Promise<Summary> {
  return onSnapshot(warehouse, async (snapshot) => {
    const range: SummaryRange = { snapshot, scope: await scopeAt(snapshot), from, to, signal };
    const parts = await courseParts(range);
    const wanted = <Of>(groups: readonly Of[]) => groups.slice(offset, offset + limit);
    const groups = await (async (): Promise<Groups> => {
      switch (groupBy) {
        case 'course':
          return byCourse(range, parts, wanted);
        case 'day':
          return byDay(range, wanted);
        default:
          return byCategory(range, parts, groupBy, wanted);
      }
    })();
    return {
      groups: groups.shown,
      hasNext: groups.count > offset + limit,
      totals: rollUp(parts, daysOf('activeDates' in groups ? groups.activeDates : await activeDates(range))),
      ...(await extractedDates(snapshot, from, to)),
    };
  });
}

/** The groups that are shown, of `count`. With the dates on which any of them was active, if that is known. */
type Groups = Awaited<ReturnType<typeof byCourse | typeof byDay | typeof byCategory>>;
export type SummaryGroup = Groups['shown'][number];

type Wanted = <Of>(groups: readonly Of[]) => Of[];

async function byCourse(range: SummaryRange, parts: readonly CoursePart[], wanted: Wanted) {
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

async function byDay(range: SummaryRange, wanted: Wanted) {
  const days = await dayFigures(range);
  return {
    count: days.length,
    shown: wanted(days).map(({ date, courses, students, teachers, views, isActive }) => ({
      extraction_date: date,
      ...figures({ courses, students, teachers, views, days: isActive ? 1 : 0, span: isActive ? 1 : 0 }),
    })),
  };
}

/** By the tree as it is now: a row belongs to where its category has its place. */
async function byCategory(
  range: SummaryRange,
  parts: readonly CoursePart[],
  groupBy: 'unit' | 'directorate',
  wanted: Wanted,
) {
  const active = await activeDatesOfCategories(range);
  const categories = await range.snapshot.selectFrom('course_categories_etl').selectAll().execute();
  const byId = new Map(categories.map((category) => [String(category.id), category]));
  /** The ids of the directorate, and of the unit, that a category is in. */
  const placeOf = (category: MoodleId) => {
    const [directorate = '', unit = ''] = byId.get(String(category))?.path.split('/').slice(1) ?? [];
    return groupBy === 'unit' ? `${directorate}/${unit}` : directorate;
  };
  const all = new Map<string, { own: CoursePart[]; dates: Set<string> }>();
  const groupOf = (category: MoodleId) => {
    const place = placeOf(category);
    const group = all.get(place) ?? { own: [], dates: new Set() };
    all.set(place, group);
    return group;
  };
  await forEachInSlices(parts, (part) => groupOf(part.category).own.push(part));
  const activeDates = new Set<string>();
  await forEachInSlices(active, ({ category, date }) => {
    groupOf(category).dates.add(date);
    activeDates.add(date);
  });
  const presented = (id: string | undefined) => {
    const category = byId.get(id ?? '');
    return category ? { id: category.id, idnumber: category.idnumber, name: category.name } : null;
  };
  const sorted = [...all].toSorted(([a], [b]) => inOrder(a, b));
  return {
    count: all.size,
    activeDates,
    shown: await mapInSlices(wanted(sorted), ([place, { own, dates }]) => {
      const [directorate, unit] = place.split('/');
      return {
        directorate: presented(directorate),
        ...(groupBy === 'unit' && { unit: presented(unit) }),
        ...rollUp(own, daysOf(dates)),
      };
    }),
  };
}

/** By the ids, level by level; what has none comes first. */
function inOrder(a: string, b: string): number {
  const [x, y] = [a.split('/').map(Number), b.split('/').map(Number)];
  const at = x.findIndex((id, level) => id !== y[level]);
  return at < 0 ? 0 : (x[at] ?? 0) - (y[at] ?? 0);
}

interface Days {
  count: number;
  first: string | null;
  last: string | null;
}

function daysOf(dates: Iterable<string>): Days {
  const different = [...dates];
  return { count: different.length, first: extreme(different, -1), last: extreme(different, 1) };
}

function extreme(dates: readonly (string | null)[], direction: 1 | -1): string | null {
  const sorted = dates.filter((date) => date !== null).toSorted();
  return (direction === 1 ? sorted.at(-1) : sorted[0]) ?? null;
}

function newestOf(parts: readonly CoursePart[]): CoursePart {
  return parts.reduce((a, b) => (b.newest.date > a.newest.date ? b : a));
}

function rollUp(parts: readonly CoursePart[], { count, first, last }: Days): RolledUp {
  const courses = [...Map.groupBy(parts, ({ course }) => course).values()].map(newestOf);
  const sum = (numbers: readonly number[]) => numbers.reduce((all, number) => all + number, 0);
  return figures({
    courses: courses.length,
    students: sum(courses.map(({ newest }) => newest.students)),
    teachers: sum(courses.map(({ newest }) => newest.teachers)),
    views: Object.fromEntries(
      VIEWS.map((kind) => [kind, sum(parts.map(({ views }) => views[kind]))]),
    ) as Views,
    days: count,
    span: first === null || last === null ? 0 : (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1,
  });
}

function figures(of: {
  courses: number;
  students: number;
  teachers: number;
  views: Views;
  days: number;
  span: number;
}): RolledUp {
  const average = averageActivity(of.views.total_views, of.students, of.days);
  return {
    courses: of.courses,
    num_students: of.students,
    num_teachers: of.teachers,
    ...of.views,
    avg_activity_per_student_per_day: average === null ? null : Number(average),
    active_days: of.days,
    active_days_span: of.span,
  };
}

/** What is special about the figures of the range's dates. */
async function extractedDates(
  snapshot: Warehouse,
  from: string,
  to: string,
): Promise<Pick<Summary, 'missingDates' | 'provisionalDates' | 'settingsDifferDates'>> {
  const merges = await newestCompleted(snapshot, 'main_etl')
    .select(['completed.extraction_date', 'completed.details'])
    .where('completed.extraction_date', '>=', from)
    .where('completed.extraction_date', '<=', to)
    .execute();
  const newest = new Map(
    merges.map(({ extraction_date, details }) => [extraction_date, parseDetails(details)]),
  );
  const stored = await storedSettings(snapshot);
  const datesOf = (isSuch: (details: BatchDetails) => boolean) =>
    [...newest]
      .filter(([, details]) => isSuch(details))
      .map(([date]) => date)
      .toSorted();
  return {
    missingDates: datesBetween(from, to).filter((date) => !newest.has(date)),
    provisionalDates: datesOf(({ provisional }) => provisional ?? false),
    settingsDifferDates: datesOf((details) => madeWithOtherSettings(details, stored)),
  };
}
