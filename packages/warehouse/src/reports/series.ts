import { datesBetween } from '@etl/core';
import { type FigureState, type FigureStates, figureStates } from '../log-scheduler/figure-states.ts';
import { scopeWithin } from './category-asked.ts';
import {
  type ComparedFigure,
  type Comparison,
  comparedFigure,
  counterpartOf,
  type IntervalUnit,
} from './counterpart.ts';
import { activeDaysOf, type DaySums } from './day-sums.ts';
import { checkCourse, figuresOfCourse, figuresOfScope } from './figure-source.ts';
import type { IntervalEnrolments } from './interval-enrolments.ts';
import { type CutInterval, intervalsOf } from './intervals.ts';
import { type ReadRange, VIEWS, type Views } from './read-range.ts';
import { figures, type RolledUp } from './roll-up.ts';
import { withheldCourses, withheldDates } from './withheld-courses.ts';

/** The figures that a series can show, in the order of answers. */
export const METRICS = [
  'num_students',
  'num_teachers',
  ...VIEWS,
  'avg_activity_per_student_per_day',
  'active_days',
] as const satisfies readonly (keyof RolledUp)[];
export type Metric = (typeof METRICS)[number];

/** Their values need the newest rows of an interval. */
const BY_ENROLMENTS: readonly Metric[] = ['num_students', 'num_teachers', 'avg_activity_per_student_per_day'];

/** `incomplete`: some dates of the interval have figures, others are missing or in the future. */
export const POINT_STATES = ['final', 'provisional', 'purged', 'incomplete', 'missing', 'future'] as const;
export type PointState = (typeof POINT_STATES)[number];

export interface Point extends CutInterval {
  /** Null if nothing of the interval was extracted, or the asked course has no row in it, or all its rows are withheld. */
  value: number | null;
  state: PointState;
}

export interface SeriesRequest {
  metric: Metric;
  interval: IntervalUnit;
  /** The id or idnumber of a category: only the rows within it. */
  category?: string | undefined;
  /** The id of a course: only its rows. */
  course?: string | undefined;
  compare?: Comparison | undefined;
  /** The date in the institution's time zone. */
  today: string;
}

export interface Series {
  points: Point[];
  /** The counterpart of each point, or null if nothing is compared. */
  compared: Point[] | null;
  totals: Record<Metric, ComparedFigure>;
  missingDates: string[];
  comparedMissingDates: string[];
  /** Courses of the range with rows that are withheld. */
  withheldCourses: number;
  comparedWithheldCourses: number;
}

/** A figure over time. Throws INVALID_REQUEST if the reader cannot read the category or the course. */
export async function series(asked: ReadRange, request: SeriesRequest): Promise<Series> {
  const range = { ...asked, scope: await scopeWithin(asked.snapshot, asked.scope, request.category) };
  if (request.course !== undefined) await checkCourse(range, request.course);
  const intervals = intervalsOf(range, request.interval);
  const own = await curveOf(range, intervals, request);
  const other = request.compare && counterpartOf(range, request.compare, request.interval);
  const compared = other
    ? await curveOf(
        { ...range, from: other.from, to: other.to },
        intervals.map((interval) => ({ ...interval, ...other.of(interval) })),
        request,
      )
    : undefined;
  const withheld = await withheldCourses(range, request.course);
  const hasSameGaps = other?.hasSameGaps(own.missing, compared?.missing ?? []) ?? false;
  const comparedWithheld = other
    ? await withheldCourses({ ...range, from: other.from, to: other.to }, request.course)
    : 0;
  // Of many courses the visible rows are compared. Of one course, any withheld row is a part of what is compared.
  const isComparable = hasSameGaps && !(request.course !== undefined && withheld + comparedWithheld > 0);
  const total = (metric: Metric) =>
    comparedFigure(own.totals?.[metric] ?? null, compared?.totals?.[metric] ?? null, isComparable);
  return {
    points: own.points,
    compared: compared?.points ?? null,
    totals: Object.fromEntries(METRICS.map((metric) => [metric, total(metric)])) as Series['totals'],
    missingDates: own.missing,
    comparedMissingDates: compared?.missing ?? [],
    withheldCourses: withheld,
    comparedWithheldCourses: comparedWithheld,
  };
}

interface Curve {
  points: Point[];
  /** Null if nothing of the range was extracted, or all its rows are withheld. */
  totals: RolledUp | null;
  missing: string[];
}

async function curveOf(
  range: ReadRange,
  intervals: readonly CutInterval[],
  { metric, course, today }: SeriesRequest,
): Promise<Curve> {
  const states = await figureStates(range.snapshot, range, today);
  const source = await (course === undefined ? figuresOfScope(range) : figuresOfCourse(range, course));
  // A day's enrolments are those of its own rows.
  const asked = BY_ENROLMENTS.includes(metric) ? intervals.filter(({ from, to }) => from !== to) : [];
  const [whole, ...enrolments] = await source.enrolments([{ from: range.from, to: range.to }, ...asked]);
  const byFirstDate = new Map(enrolments.map((one) => [one.from, one]));
  const days = new Map(source.days.map((day) => [day.date, day]));
  const all = datesBetween(range.from, range.to);
  const withheld = course === undefined ? await withheldDates(range) : new Set();
  // A course that is hidden has no views that are counted, and rows can all be withheld. That is not 0 views.
  const isLeftOut = (dates: readonly string[]) =>
    !dates.some((date) => days.has(date)) &&
    (course !== undefined || dates.some((date) => withheld.has(date)));
  return {
    points: intervals.map((interval) => {
      const dates = datesBetween(interval.from, interval.to);
      const found = isLeftOut(dates) ? null : figuresIn(days, states, dates, byFirstDate.get(interval.from));
      return { ...interval, value: found?.[metric] ?? null, state: stateIn(states, dates) };
    }),
    totals: isLeftOut(all) ? null : figuresIn(days, states, all, whole),
    missing: all.filter((date) => !states.merges.has(date)),
  };
}

/**
 * The figures of some dates as `summarize` calculates them; null if nothing of them was extracted. Without
 * `enrolments` those of the newest date, which are right for one date only.
 */
function figuresIn(
  days: ReadonlyMap<string, DaySums>,
  { merges }: FigureStates,
  dates: readonly string[],
  enrolments: IntervalEnrolments | undefined,
): RolledUp | null {
  const own = dates.flatMap((date) => days.get(date) ?? []);
  if (own.length === 0 && !dates.some((date) => merges.has(date))) return null;
  const { courses = 0, students = 0, teachers = 0 } = enrolments ?? own.at(-1) ?? {};
  const { count } = activeDaysOf(own);
  return figures({ courses, students, teachers, views: sumOf(own), days: count, span: 0 });
}

function sumOf(days: readonly DaySums[]): Views {
  const sums = Object.fromEntries(VIEWS.map((kind) => [kind, 0])) as Views;
  for (const { views } of days) for (const kind of VIEWS) sums[kind] += views[kind];
  return sums;
}

/** The state that says most about an interval: what is missing, then what is provisional, then what is purged. */
function stateIn({ stateOf }: FigureStates, dates: readonly string[]): PointState {
  const found = new Set<FigureState>(dates.map(stateOf));
  const has = (state: FigureState) => found.has(state);
  if (has('missing') || has('future')) {
    if (has('final') || has('provisional') || has('purged')) return 'incomplete';
    return has('missing') ? 'missing' : 'future';
  }
  return has('provisional') ? 'provisional' : has('purged') ? 'purged' : 'final';
}
