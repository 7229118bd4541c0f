import { sql } from 'kysely';
import type { CourseEnrolments } from '../reports/course-part.ts';
import { type NewestColumns, newestIn, newestOfGroup } from '../reports/newest-row.ts';
import { type ReadRange, untilAborted } from '../reports/read-range.ts';
import { keyOfPlace, type RowPlace } from '../row-place.ts';
import { visibleRollUps } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import { partOf, type Span } from './spans.ts';

/** Enrolments over some dates: of the newest row of each course. */
export interface Enrolments {
  courses: number;
  students: number;
  teachers: number;
}

/** The enrolments of courses, each by its newest row of these. */
export function enrolmentsOf(parts: readonly Pick<CourseEnrolments, 'course' | 'newest'>[]): Enrolments {
  const newest = new Map<MoodleId, CourseEnrolments['newest']>();
  for (const part of parts) {
    const other = newest.get(part.course);
    if (!other || other.date < part.newest.date) newest.set(part.course, part.newest);
  }
  let [students, teachers] = [0, 0];
  for (const counts of newest.values()) {
    students += counts.students;
    teachers += counts.teachers;
  }
  return { courses: newest.size, students, teachers };
}

/** A row of `rollup_enrolments`, but for its part. */
export interface CategoryEnrolments extends Enrolments, RowPlace {
  /** 0: all courses that stayed in the place. */
  course: MoodleId;
  newestDate: string | null;
}

/**
 * The enrolments by place. Those of courses with rows in one place add up for every scope. Of another course, a scope
 * takes the newest row within it, so its places stay apart.
 */
export function byPlace(parts: readonly CourseEnrolments[]): CategoryEnrolments[] {
  const stayed: CourseEnrolments[] = [];
  const moved: CategoryEnrolments[] = [];
  for (const own of Map.groupBy(parts, ({ course }) => course).values()) {
    if (own.length === 1) stayed.push(...own);
    else {
      for (const { category, isSmall, course, newest } of own) {
        moved.push({
          category,
          isSmall,
          course,
          newestDate: newest.date,
          ...enrolmentsOf([{ course, newest }]),
        });
      }
    }
  }
  const added = [...Map.groupBy(stayed, keyOfPlace).values()].map((own) => ({
    ...placeOf(own),
    course: 0,
    newestDate: null,
    ...enrolmentsOf(own),
  }));
  return [...added, ...moved];
}

function placeOf(parts: readonly RowPlace[]): RowPlace {
  const { category, isSmall } = parts[0] as RowPlace;
  return { category, isSmall };
}

/** The enrolments of fresh parts within a scope, by the number of the part. A part without a row has none. */
export async function enrolmentsOfParts(
  range: ReadRange,
  parts: readonly Span[],
): Promise<Map<number, Enrolments>> {
  if (parts.length === 0) return new Map();
  type Row = NewestColumns & Record<'courses' | 'students' | 'teachers', number | string> & { part: number };
  const numbers = sql.join(parts.map((span) => sql.lit(partOf(span))));
  const { rows } = await sql<Row & { course: MoodleId; newest_students: number | string | null }>`
    SELECT part, moodle_course_id AS course, SUM(courses) AS courses, SUM(num_students) AS students,
      SUM(num_teachers) AS teachers, ${newestOfGroup(sql`newest_date`)}
    FROM ${visibleRollUps(range.scope, 'rollup_enrolments')} AND part IN (${numbers})
    GROUP BY part, moodle_course_id`.execute(range.snapshot, untilAborted(range));
  const all = new Map<number, Enrolments>();
  for (const row of rows) {
    const { courses, students, teachers } = all.get(row.part) ?? { courses: 0, students: 0, teachers: 0 };
    const hasStayed = row.newest_students === null;
    const own = hasStayed
      ? { courses: Number(row.courses), students: Number(row.students), teachers: Number(row.teachers) }
      : { courses: 1, ...newestIn(row) };
    all.set(row.part, {
      courses: courses + own.courses,
      students: students + own.students,
      teachers: teachers + own.teachers,
    });
  }
  return all;
}

/** The stored enrolments of a part by place. */
export async function storedEnrolments(snapshot: Warehouse, span: Span): Promise<CategoryEnrolments[]> {
  const rows = await snapshot
    .selectFrom('rollup_enrolments')
    .selectAll()
    .where('part', '=', partOf(span))
    .execute();
  return rows.map((row) => ({
    category: row.category_id,
    isSmall: row.is_small === 1,
    course: row.moodle_course_id,
    newestDate: row.newest_date,
    courses: row.courses,
    students: row.num_students,
    teachers: row.num_teachers,
  }));
}
