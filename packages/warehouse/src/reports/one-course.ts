import { datesBetween, EtlError } from '@etl/core';
import { type FigureState, figureStates } from '../log-scheduler/figure-states.ts';
import type { MoodleId } from '../tables.ts';
import { readTree, type ShownCategory, shownPath } from './category-tree.ts';
import { compareRange, type RangeComparison } from './comparison.ts';
import { type ComparedFigure, type Comparison, comparedFigure } from './counterpart.ts';
import type { CourseNames } from './course-names.ts';
import { courseRows } from './course-rows.ts';
import { addedViews, NO_VIEWS, type ReadRange, untilAborted, VIEWS, viewsOf } from './read-range.ts';
import { figures, type RolledUp } from './roll-up.ts';
import { METRICS, type Metric } from './series.ts';

/** The figures of one course and date, in the order of answers. */
export const DAILY_FIGURES = ['num_students', 'num_teachers', ...VIEWS, 'active_days'] as const;

/** A course on a date. Its figures are null if it has no row: nothing was extracted, or the course was not there. */
export type CourseDay = { extraction_date: string; state: FigureState } & Record<
  (typeof DAILY_FIGURES)[number],
  number | null
>;

export interface OneCourse extends CourseNames {
  moodle_course_id: MoodleId;
  /** From the top down. Empty if the category is gone. */
  category_path: ShownCategory[];
  last_active: string | null;
  totals: Record<Metric, ComparedFigure>;
  days: CourseDay[];
}

export interface OneCourseRequest {
  /** The id of a course in Moodle. */
  id: string;
  compare?: Comparison | undefined;
  /** The date in the institution's time zone. */
  today: string;
}

/**
 * A course over time. Names and the category are those of its newest row in the range, or of its newest row of all.
 * Throws NOT_FOUND if the reader can see no row of it. The error is the same whether the course exists or not.
 */
export async function oneCourse(
  range: ReadRange,
  { id, compare, today }: OneCourseRequest,
): Promise<{ course: OneCourse; comparison: RangeComparison }> {
  const rows = await rowsOf(range, id);
  const newest = rows.at(-1) ?? (await newestRow(range, id));
  if (!newest) throw new EtlError('NOT_FOUND', `There is no course ${id} that you can read`);
  const comparison = await compareRange(range, compare, id);
  const { compared, isComparable } = comparison;
  const own = totalsOf(rows);
  const before = compared && totalsOf(await rowsOf(compared, id));
  const total = (figure: Metric) =>
    comparedFigure(own?.[figure] ?? null, before?.[figure] ?? null, isComparable);
  const { moodle_course_id, course_id, id_number, course_name, course_shortname } = newest;
  return {
    course: {
      moodle_course_id,
      course_id,
      id_number,
      course_name,
      course_shortname,
      category_path: await categoryPath(range, newest.category_id),
      last_active: rows.findLast(({ active_days }) => active_days > 0)?.extraction_date ?? null,
      totals: Object.fromEntries(METRICS.map((figure) => [figure, total(figure)])) as Totals,
      days: await daysOf(range, rows, today),
    },
    comparison,
  };
}

type Totals = OneCourse['totals'];
type Row = Awaited<ReturnType<typeof rowsOf>>[number];

/** The course's rows of the range, oldest first. */
async function rowsOf(range: ReadRange, id: string) {
  return courseRows(range, id)
    .selectAll('activity')
    .where('extraction_date', '>=', range.from)
    .where('extraction_date', '<=', range.to)
    .orderBy('extraction_date')
    .execute(untilAborted(range));
}

async function newestRow(range: ReadRange, id: string): Promise<Row | undefined> {
  return courseRows(range, id)
    .selectAll('activity')
    .orderBy('extraction_date', 'desc')
    .limit(1)
    .executeTakeFirst(untilAborted(range));
}

/** Null if the course has no row: nothing was extracted, or no merge counted the course. That is not 0 views. */
function totalsOf(rows: readonly Row[]): RolledUp | null {
  if (rows.length === 0) return null;
  const newest = rows.at(-1);
  return figures({
    courses: 1,
    students: Number(newest?.num_students ?? 0),
    teachers: Number(newest?.num_teachers ?? 0),
    views: rows.map(viewsOf).reduce(addedViews, NO_VIEWS),
    days: rows.filter(({ active_days }) => active_days > 0).length,
    span: 0,
  });
}

async function categoryPath(range: ReadRange, category: MoodleId): Promise<ShownCategory[]> {
  const tree = await readTree(range.snapshot, range.scope);
  return shownPath(tree, category);
}

async function daysOf(range: ReadRange, rows: readonly Row[], today: string): Promise<CourseDay[]> {
  const { stateOf } = await figureStates(range.snapshot, range, today);
  const byDate = new Map(rows.map((row) => [row.extraction_date, row]));
  return datesBetween(range.from, range.to).map((date) => {
    const row = byDate.get(date);
    const numbers = DAILY_FIGURES.map((figure) => [figure, row ? Number(row[figure] ?? 0) : null]);
    return { extraction_date: date, state: stateOf(date), ...Object.fromEntries(numbers) } as CourseDay;
  });
}
