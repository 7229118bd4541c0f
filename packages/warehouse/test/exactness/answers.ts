import { addDays, datesBetween, VIEW_COLUMNS } from '@etl/core';
import type { Random } from '@etl/local-stack';
import { expect } from 'vitest';
import {
  categorySums,
  courseEnrolments,
  daySums,
  daysTogether,
  GROUPINGS,
  type Grouping,
  intervalEnrolments,
  onSnapshot,
  type ReadRange,
  type Scope,
  type Summary,
  summarize,
  type Warehouse,
} from '../../src/index.ts';
import { courseParts } from '../../src/reports/summary-rows.ts';
import { type Oracle, oracleOn, PLACES, type Rows } from './oracle.ts';
import type { World } from './world.ts';

const VIEWS = [...VIEW_COLUMNS, 'total_views'] as const;

/** Asks one random question and compares the answer with that of the oracle. */
export async function checkAnswer(warehouse: Warehouse, world: World): Promise<void> {
  const rows = randomRows(world);
  const { categories, smallBelow } = rows;
  const scope: Scope = categories ? { categories, smallBelow } : 'everything';
  if (world.random.chance(0.4)) {
    await checkSummary(warehouse, rows, scope, world.random.pick(GROUPINGS));
    return;
  }
  const check = world.random.pick(PRIMITIVES);
  await onSnapshot(warehouse, (snapshot) =>
    check({ snapshot, scope, from: rows.from, to: rows.to }, oracleOn(snapshot), rows, world.random),
  );
}

/** Any range, often of whole months or weeks, and sometimes beyond the dates that have rows. */
function randomRows({ random, dates, categories, smallBelow }: World): Rows {
  const first = dates[0] as string;
  let from = random.int(-5, dates.length + 4);
  let to = random.int(-5, dates.length + 4);
  if (from > to) [from, to] = [to, from];
  let [begin, end] = [addDays(first, from), addDays(first, to)];
  if (random.chance(0.3)) begin = `${begin.slice(0, 7)}-01`;
  if (random.chance(0.3)) end = Temporal.PlainDate.from(end).with({ day: 31 }).toString();
  if (random.chance(0.1)) end = begin;
  const share = random.pick([undefined, undefined, 0, 0.1, 0.3, 0.7, 1]);
  return {
    from: begin,
    to: end,
    categories:
      share === undefined ? undefined : categories.map(({ id }) => id).filter(() => random.chance(share)),
    // Sometimes another number than the parts are made with.
    smallBelow: share === undefined ? 0 : random.pick([0, smallBelow, smallBelow, 12]),
  };
}

type Check = (range: ReadRange, oracle: Oracle, rows: Rows, random: Random) => Promise<void>;

const PRIMITIVES: readonly Check[] = [
  async function parts(range, oracle, rows) {
    const found = (await courseParts(range)).map((part) => ({
      course: String(part.course),
      category: String(part.category),
      small: Number(part.isSmall),
      ...part.views,
      newest_date: part.newest.date,
      students: part.newest.students,
      teachers: part.newest.teachers,
      active: part.activeDays,
      first_active: part.firstActive,
      last_active: part.lastActive,
    }));
    expect(found).toEqual((await oracle.courseParts(rows)).map(withIdsAsText));
  },
  async function days(range, oracle, rows) {
    const found = (await daySums(range)).map(({ views, activeCourses, ...own }) => ({
      ...own,
      ...views,
      active: activeCourses,
    }));
    expect(found).toEqual(await oracle.daySums(rows));
  },
  async function newestRows(range, oracle, rows) {
    const found = (await courseEnrolments(range)).map(({ course, category, newest }) => ({
      course: String(course),
      category: String(category),
      ...newest,
    }));
    const expected = (await oracle.courseEnrolments(rows)).map(withIdsAsText);
    expect(found.toSorted(byIds)).toEqual(expected.toSorted(byIds));
  },
  async function categories(range, oracle, rows) {
    const found = (await categorySums(range)).map(({ category, views, dates }) => ({
      category: String(category),
      ...views,
      ...daysTogether([dates]),
    }));
    const expected = (await oracle.categorySums(rows)).map((row) => ({
      ...row,
      category: String(row.category),
    }));
    expect(found.toSorted(byIds)).toEqual(expected.toSorted(byIds));
  },
  async function enrolments(range, oracle, rows, random) {
    const { from, to } = range;
    const intervals = [{ from, to }, ...intervalsOf(rows, random.pick([1, 7, 30]), random)];
    const expected = [];
    for (const { from, to } of intervals) {
      expected.push({ from, to, ...(await oracle.enrolments({ ...rows, from, to })) });
    }
    expect(await intervalEnrolments(range, intervals)).toEqual(expected);
  },
];

function withIdsAsText(row: Record<string, unknown>) {
  return { ...row, course: String(row.course), category: String(row.category) };
}

interface WithIds {
  course?: string;
  category: string;
}

function byIds(a: WithIds, b: WithIds): number {
  const [one, other] = [`${a.course}/${a.category}`, `${b.course}/${b.category}`];
  return one < other ? -1 : 1;
}

/** Weeks from Monday, calendar months or days of the range, the first and the last cut off at its ends. */
function intervalsOf({ from, to }: Rows, days: 1 | 7 | 30, random: Random) {
  const keyOf = (date: string) => {
    if (days === 1) return date;
    return days === 30 ? date.slice(0, 7) : addDays(date, 1 - Temporal.PlainDate.from(date).dayOfWeek);
  };
  const all = [...Map.groupBy(datesBetween(from, to), keyOf).values()].map((dates) => ({
    from: dates[0] as string,
    to: dates.at(-1) as string,
  }));
  // The oracle takes a statement for each.
  const begin = random.int(0, Math.max(0, all.length - 6));
  return all.slice(begin, begin + 6);
}

async function checkSummary(
  warehouse: Warehouse,
  rows: Rows,
  scope: Scope,
  grouping: Grouping,
): Promise<void> {
  const { from, to } = rows;
  const request = { from, to, groupBy: grouping, limit: 10_000, offset: 0 };
  const found = await onSnapshot(warehouse, (snapshot) => summarize(snapshot, scope, request));
  await onSnapshot(warehouse, async (snapshot) => {
    const oracle = oracleOn(snapshot);
    const shown = found.groups.map((group) => ({ ...figuresOf(group), place: placeOf(group, grouping) }));
    expect(shown.toSorted(byPlace)).toEqual((await oracle.groups(rows, PLACES[grouping])).toSorted(byPlace));
    const [all = NOTHING] = await oracle.groups(rows, PLACES.all);
    expect({ ...figuresOf(found.totals), place: '' }).toEqual(all);
    const merged = new Set(await oracle.mergedDates(rows));
    expect(found.missingDates).toEqual(datesBetween(from, to).filter((date) => !merged.has(date)));
  });
}

function byPlace(a: { place?: unknown }, b: { place?: unknown }): number {
  return String(a.place) < String(b.place) ? -1 : 1;
}

/** The key of a group as the oracle names it. PHP courses have no number in answers: their names tell it. */
function placeOf(group: Summary['groups'][number], grouping: Grouping): string {
  if ('moodle_course_id' in group) return String(group.moodle_course_id ?? group.id_number?.slice(1));
  if ('extraction_date' in group) return group.extraction_date;
  const directorate = String(group.directorate?.id ?? '');
  return grouping === 'unit' && 'unit' in group ? `${directorate}/${group.unit?.id ?? ''}` : directorate;
}

const FIGURES = ['courses', 'num_students', 'num_teachers', ...VIEWS] as const;

function figuresOf(group: Summary['totals']) {
  return {
    ...Object.fromEntries(FIGURES.map((figure) => [figure, group[figure]])),
    active: group.active_days,
    span: group.active_days_span,
    average: group.avg_activity_per_student_per_day?.toFixed(2) ?? null,
  };
}

/** The totals of no rows. */
const NOTHING = {
  ...Object.fromEntries(FIGURES.map((figure) => [figure, 0])),
  ...{ active: 0, span: 0, average: null, place: '' },
};
