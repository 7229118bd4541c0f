import { RESTATEMENT_REASONS, type RestatementReason, VIEW_COLUMNS } from '@etl/core';
import type { Replaced } from '../replace-rows.ts';
import { isSmall, keyOfPlace, type RowPlace } from '../row-place.ts';
import type { MoodleId } from '../tables.ts';
import type { UserActivity } from '../user-activity.ts';
import { RESTATED_SUMS, type RestatedSums } from './sums.ts';

/** What a change of each figure of a course is about. */
const VIEWS = [...VIEW_COLUMNS, 'total_views', 'active_days'] as const;
const ENROLMENTS = ['num_students', 'num_teachers'] as const;
const COURSE = [
  'course_id',
  'id_number',
  'course_name',
  'course_shortname',
  'category_id',
  'category_path',
] as const;

/** The columns of a merged row whose changes are recorded. */
export const RESTATED_COLUMNS = [
  ...COURSE,
  ...ENROLMENTS,
  ...VIEWS,
  'avg_activity_per_student_per_day',
] as const satisfies readonly (keyof UserActivity)[];
export type RestatedFigures = Partial<Pick<UserActivity, (typeof RESTATED_COLUMNS)[number]>>;

/** The reasons for changes of views and of enrolments, which hold for all courses of a merge. */
export interface ReasonsOfMerge {
  views: RestatementReason;
  enrolments: RestatementReason;
}

/** A course that a merge changed. */
export interface ChangedCourse {
  id: MoodleId;
  name: string;
  why: readonly RestatementReason[];
  old: (RowPlace & { figures: RestatedFigures }) | null;
  new: (RowPlace & { figures: RestatedFigures }) | null;
  /** How much its views changed. */
  size: number;
}

/** The courses whose recorded columns differ. Rows with fewer students than `smallBelow` are small. */
export function changedCourses(
  changes: Replaced<UserActivity>['changes'],
  reasons: ReasonsOfMerge,
  smallBelow: number,
): ChangedCourse[] {
  const placeOf = ({ category_id, num_students }: UserActivity) => ({
    category: category_id,
    isSmall: isSmall(num_students, smallBelow),
  });
  return changes.flatMap(({ before, after }) => {
    const row = after ?? before;
    if (!row) return [];
    const differing = RESTATED_COLUMNS.filter((column) => before?.[column] !== after?.[column]);
    if (differing.length === 0) return [];
    const stays = before && after && keyOfPlace(placeOf(before)) === keyOfPlace(placeOf(after));
    const shown = stays ? differing : RESTATED_COLUMNS;
    return [
      {
        id: row.moodle_course_id,
        // Another program can have written a row without a name.
        name: row.course_name ?? '',
        why: before && after ? reasonsFor(differing, reasons) : (['course_changed'] as const),
        old: before ? { ...placeOf(before), figures: pick(before, shown) } : null,
        new: after ? { ...placeOf(after), figures: pick(after, shown) } : null,
        size: Math.abs((after?.total_views ?? 0) - (before?.total_views ?? 0)),
      },
    ];
  });
}

function reasonsFor(
  differing: readonly (typeof RESTATED_COLUMNS)[number][],
  { views, enrolments }: ReasonsOfMerge,
): RestatementReason[] {
  const differs = (columns: readonly string[]) => differing.some((column) => columns.includes(column));
  const found = new Set<RestatementReason>();
  if (differs(COURSE)) found.add('course_changed');
  if (differs(ENROLMENTS)) found.add(enrolments);
  // An average alone differs if versions round it in other ways.
  if (differs(VIEWS) || found.size === 0) found.add(views);
  return inOrder(found);
}

/** Why sums differ, of rows that cannot be compared one by one. Empty if the sums are equal. */
export function reasonsForSums(
  before: RestatedSums,
  after: RestatedSums,
  { views, enrolments }: ReasonsOfMerge,
): RestatementReason[] {
  const reasonOf = (figure: keyof RestatedSums): RestatementReason => {
    if (figure === 'courses') return 'course_changed';
    return figure === 'num_students' || figure === 'num_teachers' ? enrolments : views;
  };
  return inOrder(RESTATED_SUMS.filter((figure) => before[figure] !== after[figure]).map(reasonOf));
}

const REASONS_OF_VIEWS: readonly RestatementReason[] = ['late_rows', 'forced', 'rerun'];

/** Those of a course's reasons that can have changed a figure of its row. */
export function reasonsOfFigure(
  why: readonly RestatementReason[],
  figure: (typeof ENROLMENTS)[number] | (typeof VIEWS)[number] | 'avg_activity_per_student_per_day',
): RestatementReason[] {
  const isSome = (columns: readonly string[]) => columns.includes(figure);
  const ofViews = why.filter((reason) => REASONS_OF_VIEWS.includes(reason));
  const ofEnrolments = why.filter((reason) => reason === 'enrolments_changed');
  // Views and enrolments have one reason each. Settings are the reason of what has no other one.
  const settings = why.filter((reason) => reason === 'settings');
  if (isSome(ENROLMENTS)) return ofEnrolments.length > 0 ? ofEnrolments : settings;
  if (isSome(VIEWS)) return ofViews.length > 0 ? ofViews : settings;
  return inOrder([...ofViews, ...ofEnrolments, ...settings]);
}

/** Reasons in the order of `RESTATEMENT_REASONS`, each once. */
export function inOrder(reasons: Iterable<RestatementReason>): RestatementReason[] {
  const found = new Set(reasons);
  return RESTATEMENT_REASONS.filter((reason) => found.has(reason));
}

function pick(row: UserActivity, columns: readonly (typeof RESTATED_COLUMNS)[number][]): RestatedFigures {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}
