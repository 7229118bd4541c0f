/**
 * Why a row of Moodle's log is not counted. Each row that is not counted has exactly one reason: the first of these
 * that is true of it. The last four are of the row's course, and the merge decides them.
 */
export const LEFT_OUT_REASONS = [
  'not_an_activity_view',
  'no_course',
  'other_module',
  'course_deleted',
  'course_hidden',
  'without_category',
  'category_without_idnumber',
] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** The rows of each reason, in words for people. */
export const LEFT_OUT_WORDS: Record<LeftOutReason, string> = {
  not_an_activity_view: 'not a view of an activity',
  no_course: 'views without a course',
  other_module: 'views of modules without a kind',
  course_deleted: 'views in deleted courses',
  course_hidden: 'views in hidden courses',
  without_category: 'views in courses without a category',
  category_without_idnumber: 'views in categories without idnumber',
};

/** An object with one value for each reason, in their order. */
export function perReason<Value>(valueFor: (reason: LeftOutReason) => Value): Record<LeftOutReason, Value> {
  const values = LEFT_OUT_REASONS.map((reason) => [reason, valueFor(reason)] as const);
  return Object.fromEntries(values) as Record<LeftOutReason, Value>;
}

/** Why a course has no merged row. */
export const COURSE_REASONS = [
  'course_deleted',
  'course_hidden',
  'without_category',
  'category_without_idnumber',
] as const satisfies readonly LeftOutReason[];
export type CourseReason = (typeof COURSE_REASONS)[number];

/** Where each row of a day's log is: counted in a merged row, or left out for a reason. */
export interface Ledger {
  read: number;
  counted: number;
  left_out: Record<LeftOutReason, number>;
}

/** What is wrong with a ledger whose parts do not add up to the rows read. Undefined if they do. */
export function ledgerFault({ read, counted, left_out }: Ledger): string | undefined {
  const parts = [['counted', counted], ...LEFT_OUT_REASONS.map((reason) => [reason, left_out[reason]])] as [
    string,
    number,
  ][];
  const wrong = parts.find(([, rows]) => !Number.isSafeInteger(rows) || rows < 0);
  if (wrong) return `${wrong[0]} is ${wrong[1]}`;
  const sum = parts.reduce((all, [, rows]) => all + rows, 0);
  return sum === read ? undefined : `${read} rows were read, but its parts add up to ${sum}`;
}
