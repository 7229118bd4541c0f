import { forEachInSlices } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import {
  type CourseActivity,
  type CourseEnrolments,
  type CoursePart,
  extreme,
  newestOf,
} from '../reports/course-part.ts';
import { type NewestColumns, newestIn, newestOfGroup } from '../reports/newest-row.ts';
import {
  addedViews,
  type ReadRange,
  rowsOf,
  untilAborted,
  VIEW_SUMS,
  type ViewSums,
  viewsOf,
} from '../reports/read-range.ts';
import { isSmallRow, keyOfPlace } from '../row-place.ts';
import { visibleRollUps } from '../scope.ts';
import { inOrderOfIds, type MoodleId } from '../tables.ts';
import type { Plan } from './plan.ts';
import { partOf } from './spans.ts';

/** The sums of courses over the dates of a plan, in the order of the courses. */
export async function courseSums(range: ReadRange, plan: Plan): Promise<CoursePart[]> {
  type Row = Group & ViewSums & { days: number | string | null; first: string | null; last: string | null };
  const sums = await merged(
    await readAll<Row>(range, plan, ({ activeDays, firstActive, lastActive }) => [
      VIEW_SUMS,
      sql`SUM(${activeDays}) AS days`,
      sql`MIN(${firstActive}) AS first`,
      sql`MAX(${lastActive}) AS last`,
    ]),
    (row) => ({
      ...courseOf(row),
      views: viewsOf(row),
      activeDays: Number(row.days ?? 0),
      firstActive: row.first,
      lastActive: row.last,
    }),
    together,
  );
  return sums.sort(
    (a, b) =>
      inOrderOfIds(a.course, b.course) ||
      inOrderOfIds(a.category, b.category) ||
      Number(a.isSmall) - Number(b.isSmall),
  );
}

/** The enrolments of courses over the dates of a plan. The server adds nothing up, which takes half of the time. */
export async function enrolmentsOfCourses(range: ReadRange, plan: Plan): Promise<CourseActivity[]> {
  return merged(
    await readAll<Group & { active: number | string | null }>(range, plan, ({ activeDays }) => [
      sql`MAX(${activeDays} > 0) AS active`,
    ]),
    (row) => ({ ...courseOf(row), isActive: Number(row.active) > 0 }),
    (a, b) => ({ ...newestOf([a, b]), isActive: a.isActive || b.isActive }),
  );
}

/** What each statement selects of a course's rows in one place. */
type Group = NewestColumns & { course: MoodleId; category: MoodleId; small: number };

function courseOf(row: Group): CourseEnrolments {
  return {
    course: row.course,
    category: row.category,
    isSmall: Number(row.small) === 1,
    newest: newestIn(row),
  };
}

/** A table of rows, and what its columns say. */
interface Source {
  isSmall: RawBuilder<unknown>;
  newestDate: RawBuilder<unknown>;
  activeDays: RawBuilder<unknown>;
  firstActive: RawBuilder<unknown>;
  lastActive: RawBuilder<unknown>;
  from: RawBuilder<unknown>;
}

function sourcesOf(range: ReadRange, { parts, days }: Plan): Source[] {
  const sources: Source[] = [];
  if (parts.length > 0) {
    const numbers = sql.join(parts.map((span) => sql.lit(partOf(span))));
    sources.push({
      isSmall: sql`is_small`,
      newestDate: sql`newest_date`,
      activeDays: sql`active_days`,
      firstActive: sql`first_active`,
      lastActive: sql`last_active`,
      from: sql`${visibleRollUps(range.scope, 'rollup_courses')} AND part IN (${numbers})`,
    });
  }
  if (days.length > 0) {
    const activeDate = sql`CASE WHEN active_days > 0 THEN extraction_date END`;
    sources.push({
      isSmall: isSmallRow(range.smallBelow ?? 0),
      newestDate: sql`extraction_date`,
      activeDays: sql`active_days > 0`,
      firstActive: activeDate,
      lastActive: activeDate,
      from: sql`${rowsOf(range, days)} AS activity`,
    });
  }
  return sources;
}

/** Reads parts and daily rows by course and place, each with one statement: a union would be copied first. */
async function readAll<Row extends Group>(
  range: ReadRange,
  plan: Plan,
  columnsOf: (source: Source) => RawBuilder<unknown>[],
): Promise<Row[]> {
  const found: Row[][] = [];
  for (const source of sourcesOf(range, plan)) {
    const columns = sql.join([newestOfGroup(source.newestDate), ...columnsOf(source)]);
    // Readers need not tell small rows from others: they get those that they may read.
    const isApart = (range.smallBelow ?? 0) > 0;
    const small = isApart ? source.isSmall : sql`0`;
    const { rows } = await sql<Row>`
      SELECT moodle_course_id AS course, category_id AS category, ${small} AS small, ${columns}
      FROM ${source.from} GROUP BY moodle_course_id, category_id${isApart ? sql`, small` : sql``} ORDER BY NULL`.execute(
      range.snapshot,
      untilAborted(range),
    );
    found.push(rows);
  }
  return found.flat();
}

/** One record for each course and place, of the rows of several statements. */
async function merged<Row extends Group, Part extends CourseEnrolments>(
  rows: readonly Row[],
  partOfRow: (row: Row) => Part,
  added: (a: Part, b: Part) => Part,
): Promise<Part[]> {
  const all = new Map<string, Part>();
  await forEachInSlices(rows, (row) => {
    const part = partOfRow(row);
    const key = `${part.course}/${keyOfPlace(part)}`;
    const other = all.get(key);
    all.set(key, other ? added(other, part) : part);
  });
  return [...all.values()];
}

function together(a: CoursePart, b: CoursePart): CoursePart {
  return {
    ...newestOf([a, b]),
    views: addedViews(a.views, b.views),
    activeDays: a.activeDays + b.activeDays,
    firstActive: extreme([a.firstActive, b.firstActive], -1),
    lastActive: extreme([a.lastActive, b.lastActive], 1),
  };
}
