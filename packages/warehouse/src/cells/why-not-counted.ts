import type { CourseReason } from '@etl/core';
import { DATES_WITHOUT_VIEWS, hasCoursesWithoutViews } from '../left-out-courses.ts';
import type { LogSchedulerRow } from '../log-scheduler/rows.ts';
import { type Scope, showsLeftOutViews } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';

/**
 * Why a course has no row of a date that completed:
 * - the reason of the merge that left it out;
 * - `not_there`: Moodle had no such course at the merge. It was deleted before, or created later;
 * - `not_viewed`: it had no views of a kind, and the reason of a course without views is not kept for so long;
 * - `not_recorded`: a version before ledgers merged the date.
 */
export type WhyNotCounted = CourseReason | 'not_there' | 'not_viewed' | 'not_recorded';

/**
 * Whether a reader may know why courses have no row of a date. Of older dates those without views are not stored: where
 * small groups are withheld, a reason would tell whether the course had views.
 */
export async function tellsReasons(snapshot: Warehouse, scope: Scope, date: string): Promise<boolean> {
  return showsLeftOutViews(scope) || hasCoursesWithoutViews(snapshot, date);
}

/** Whether a reader may know this reason. A deleted course is stored only if it had views. */
export function tellsReason(scope: Scope, reason: CourseReason): boolean {
  return showsLeftOutViews(scope) || reason !== 'course_deleted';
}

/** Why a course is neither counted nor left out. */
export async function whyNotLeftOut(snapshot: Warehouse, merge: LogSchedulerRow): Promise<WhyNotCounted> {
  if (!recordsAll(merge)) return 'not_recorded';
  return (await hasCoursesWithoutViews(snapshot, merge.extraction_date)) ? 'not_there' : 'not_viewed';
}

/**
 * Whether the newest merge of a date recorded its left out courses and other views. A merge of a version before ledgers
 * leaves the rows of an earlier one as they were: they are not of its figures.
 */
export function recordsAll({ details }: Pick<LogSchedulerRow, 'details'>): boolean {
  return details.ledger !== undefined;
}

const SENTENCES: Record<WhyNotCounted, string> = {
  course_deleted: 'The course had been deleted in Moodle when the date was merged.',
  course_hidden: 'The course was hidden in Moodle when the date was merged.',
  without_category: 'The course had no category in Moodle when the date was merged.',
  category_without_idnumber: "The course's category had no idnumber in Moodle when the date was merged.",
  not_there: 'Moodle had no such course when the date was merged.',
  not_viewed:
    'The course had no views of a counted kind on the date. ' +
    `Why such a course is not counted is kept for the newest ${DATES_WITHOUT_VIEWS} dates only.`,
  not_recorded: 'The version that merged the date did not record why it left a course out.',
};

/** The reason as a sentence. */
export function whyNotCountedText(reason: WhyNotCounted): string {
  return SENTENCES[reason];
}
