import { forEachInSlices } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import { type CoursePart, extreme, newestOf } from '../reports/course-part.ts';
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
import { visibleRollUps } from '../scope.ts';
import { inOrderOfIds, type MoodleId } from '../tables.ts';
import type { Plan } from './plan.ts';
import { partOf } from './spans.ts';

/** The sums of courses over the dates of a plan, in the order of the courses. */
export async function courseSums(range: ReadRange, { parts, days }: Plan): Promise<CoursePart[]> {
  const found: CoursePart[][] = [];
  if (parts.length > 0) {
    found.push(
      await read(range, {
        newestDate: sql`newest_date`,
        activeDays: sql`SUM(active_days)`,
        firstActive: sql`first_active`,
        lastActive: sql`last_active`,
        from: sql`${visibleRollUps(range.scope, 'rollup_courses')} AND part IN (${sql.join(parts.map((span) => sql.lit(partOf(span))))})`,
      }),
    );
  }
  if (days.length > 0) {
    const activeDate = sql`CASE WHEN active_days > 0 THEN extraction_date END`;
    found.push(
      await read(range, {
        newestDate: sql`extraction_date`,
        activeDays: sql`SUM(active_days > 0)`,
        firstActive: activeDate,
        lastActive: activeDate,
        from: sql`${rowsOf(range, days)} AS activity`,
      }),
    );
  }
  return merged(found);
}

/** What the columns of a table say about a group of its rows. */
interface Source {
  newestDate: RawBuilder<unknown>;
  activeDays: RawBuilder<unknown>;
  firstActive: RawBuilder<unknown>;
  lastActive: RawBuilder<unknown>;
  from: RawBuilder<unknown>;
}

async function read(range: ReadRange, source: Source): Promise<CoursePart[]> {
  type Row = ViewSums &
    NewestColumns & {
      course: MoodleId;
      category: MoodleId;
      days: number | string | null;
      first: string | null;
      last: string | null;
    };
  const { rows } = await sql<Row>`
    SELECT moodle_course_id AS course, category_id AS category, ${VIEW_SUMS}, ${newestOfGroup(source.newestDate)},
      ${source.activeDays} AS days, MIN(${source.firstActive}) AS first, MAX(${source.lastActive}) AS last
    FROM ${source.from} GROUP BY moodle_course_id, category_id ORDER BY NULL`.execute(
    range.snapshot,
    untilAborted(range),
  );
  const parts: CoursePart[] = [];
  await forEachInSlices(rows, (row) =>
    parts.push({
      course: row.course,
      category: row.category,
      views: viewsOf(row),
      newest: newestIn(row),
      activeDays: Number(row.days ?? 0),
      firstActive: row.first,
      lastActive: row.last,
    }),
  );
  return parts;
}

/** One record for each course and category, of those of several statements. */
async function merged(found: readonly CoursePart[][]): Promise<CoursePart[]> {
  const all = new Map<string, CoursePart>();
  await forEachInSlices(found.flat(), (part) => {
    const key = `${part.course}/${part.category}`;
    const other = all.get(key);
    all.set(key, other ? together(other, part) : part);
  });
  return [...all.values()].sort(
    (a, b) => inOrderOfIds(a.course, b.course) || inOrderOfIds(a.category, b.category),
  );
}

function together(a: CoursePart, b: CoursePart): CoursePart {
  return {
    ...a,
    views: addedViews(a.views, b.views),
    newest: newestOf([a, b]).newest,
    activeDays: a.activeDays + b.activeDays,
    firstActive: extreme([a.firstActive, b.firstActive], -1),
    lastActive: extreme([a.lastActive, b.lastActive], 1),
  };
}
