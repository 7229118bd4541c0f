/**
 * Why a run changed the figures of a final date:
 * - `late_rows`: Moodle's log has more rows of the day than before.
 * - `forced`: a forced run read a log that has not more rows of the day than before.
 * - `rerun`: views differ for none of the other reasons.
 * - `course_changed`: the course has another name, idnumber or category, or was hidden, shown, deleted or created.
 * - `enrolments_changed`: the course has other numbers of students or teachers.
 * - `settings`: views of days in another time zone, or enrolments of other roles.
 */
export const RESTATEMENT_REASONS = [
  'late_rows',
  'forced',
  'rerun',
  'course_changed',
  'enrolments_changed',
  'settings',
] as const;
export type RestatementReason = (typeof RESTATEMENT_REASONS)[number];
