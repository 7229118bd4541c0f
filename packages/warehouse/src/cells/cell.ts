import { clockTime, type Day, dayOf, type TriggerType } from '@etl/core';
import { madeWithOtherSettings, storedSettings } from '../figure-settings.ts';
import type { BatchDetails } from '../log-scheduler/details.ts';
import { type FigureState, figureStates } from '../log-scheduler/figure-states.ts';
import { localTime } from '../reports/local-time.ts';
import type { Metric } from '../reports/series.ts';
import type { Scope } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';
import { type CourseOnDate, courseOnDate, type NotCounted } from './course-on-date.ts';
import { definitionOf } from './definitions.ts';
import { type CellFigures, type Formula, formulaOf } from './formula.ts';
import { type FormerValue, historyOf } from './history.ts';
import { type CellSource, sourcesOf } from './sources.ts';
import { recordsAll, whyNotCountedText } from './why-not-counted.ts';

/** Which cell to explain, and to whom. */
export interface CellRequest {
  scope: Scope;
  date: string;
  /** Moodle's id of the course. */
  course: string;
  metric: Metric;
  /** The institution's time zone: times are shown in it. */
  timeZone: string;
  /** The date in that zone. */
  today: string;
  /** Whether the reader may know who requested the run. */
  showsRequester: boolean;
}

/** A figure of a course and date, and where it comes from. Its fields are those of the API. */
export interface Cell extends Names {
  extraction_date: string;
  moodle_course_id: string;
  metric: Metric;
  /** Null if the course has no row, or the average has no value. */
  value: number | null;
  definition: string;
  day: { from: string; to: string; time_zone: string; first_second: number; last_second: number };
  /** Null if the course has no row. */
  formula: Formula | null;
  sources: CellSource[];
  /** Null if the course has a row. */
  not_counted: {
    reason: NotCounted['reason'];
    sentence: string;
    views: number | null;
    last_date: string | null;
  } | null;
  /** Null if they are not recorded. */
  roles: NonNullable<BatchDetails['roles']> | null;
  run: {
    run_id: string;
    trigger_type: TriggerType;
    completed_at: string | null;
    /** Null for viewers. */
    requested_by: string | null;
  };
  user_counts_as_of: string | null;
  state: FigureState;
  provisional: boolean;
  settings_differ: boolean;
  history: FormerValue[];
  /**
   * False if a restatement of the date does not say whether it changed the course, or the newest merge is of a version
   * that recorded no restatements.
   */
  history_complete: boolean;
}

type Names = NotCounted['names'];

/** Explains a cell. Throws NOT_FOUND as `courseOnDate` does. */
export async function explainCell(snapshot: Warehouse, request: CellRequest): Promise<Cell> {
  const { scope, date, course, metric, timeZone, today, showsRequester } = request;
  const found = await courseOnDate(snapshot, scope, date, course);
  const { merge, row, notCounted } = found;
  const { details } = merge;
  const figures = row && figuresOf(row);
  const day = dayOf(date, details.time_zone);
  const local = (utc: string | null | undefined) => localTime(utc, timeZone);
  const history = await historyOf(snapshot, scope, { date, course, metric });
  const { stateOf } = await figureStates(snapshot, { from: date, to: date }, today);
  const roles = details.roles ?? null;
  return {
    extraction_date: date,
    moodle_course_id: course,
    ...namesOf(found),
    metric,
    value: figures ? figureIn(figures, metric) : null,
    definition: definitionOf(metric),
    day: {
      from: localSecond(day.start, day),
      to: localSecond(day.end - 1, day),
      time_zone: day.timeZone,
      first_second: day.start,
      last_second: day.end - 1,
    },
    formula: figures ? formulaOf(metric, figures, roles) : null,
    sources: figures ? sourcesOf(metric, figures, { course, day, roles }) : [],
    not_counted: notCounted ? presentNotCounted(notCounted, details) : null,
    roles,
    run: {
      run_id: merge.run_id,
      trigger_type: merge.trigger_type,
      completed_at: local(merge.finished_at),
      requested_by: showsRequester ? merge.requested_by : null,
    },
    user_counts_as_of: local(details.user_counts_as_of),
    state: stateOf(date),
    provisional: details.provisional ?? false,
    settings_differ: madeWithOtherSettings(details, await storedSettings(snapshot)),
    history: history.values.map((one) => ({ ...one, completed_at: local(one.completed_at) })),
    history_complete: history.isComplete && recordsAll(merge),
  };
}

/** A day can begin later than at midnight, if the clocks change then. */
function localSecond(seconds: number, { timeZone }: Day): string {
  return clockTime(new Date(seconds * 1000), timeZone);
}

function namesOf({ row, notCounted }: CourseOnDate): Names {
  const { id_number = '', course_name = '', course_shortname = '' } = row ?? notCounted?.names ?? {};
  return { id_number, course_name, course_shortname };
}

function figuresOf(row: NonNullable<CourseOnDate['row']>): CellFigures {
  return { ...row, other_views: row.other_views ?? null };
}

function figureIn(figures: CellFigures, metric: Metric): number | null {
  const value = figures[metric];
  return value === null ? null : Number(value);
}

/** The PHP system may have counted the course: its rows do not say which course they are of. */
const OF_PHP = 'The figures of the date are of the PHP system, which kept no ids of courses.';

function presentNotCounted(
  { reason, views, lastDate }: NotCounted,
  { adopted }: BatchDetails,
): NonNullable<Cell['not_counted']> {
  return { reason, sentence: adopted ? OF_PHP : whyNotCountedText(reason), views, last_date: lastDate };
}
