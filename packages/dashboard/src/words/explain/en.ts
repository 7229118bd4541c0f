import type {
  Cell,
  LeftOutReason,
  Metric,
  NotCountedCourse,
  Recount,
  RestatementReason,
} from '../../api/types.ts';
import { pluralIn } from '../plural.ts';

const plural = pluralIn('en-GB');

const views = (component: string) =>
  `Log rows of Moodle about this course on this day that say that ${component} was viewed. The views of everyone count.`;

const people = (who: string) =>
  `People with a role of ${who} in the course itself, each counted once. Moodle keeps no history of them.`;

const definitions: Record<Metric, string> = {
  total_views: 'The views of all kinds together.',
  file_views: views('a file'),
  video_views: views('a video'),
  forum_views: views('a forum'),
  quiz_views: views('a quiz'),
  assignment_views: views('an assignment'),
  url_views: views('a link'),
  num_students: people('students'),
  num_teachers: people('teachers'),
  active_days:
    '1 if an activity of the course was viewed on this day, also one of no kind, such as a folder. Otherwise 0.',
  avg_activity_per_student_per_day:
    'Views for each student and day with activity. It has no value without students or without activity.',
};

const notCounted: Record<NotCountedCourse['reason'], string> = {
  course_deleted: 'The course had been deleted in Moodle when this date was counted.',
  course_hidden: 'The course was hidden in Moodle when this date was counted.',
  without_category: 'The course had no category in Moodle when this date was counted.',
  category_without_idnumber: "The course's category had no idnumber in Moodle when this date was counted.",
  not_there: 'Moodle had no such course when this date was counted.',
  not_viewed:
    'The course had no views of a counted kind on this date. Why such a course is not counted is kept for the newest 8 dates only.',
  not_recorded: 'It is not recorded why the course has no figures of this date.',
};

const why: Record<RestatementReason, string> = {
  late_rows: 'log rows arrived late',
  forced: 'an administrator forced a run',
  rerun: 'the date was counted again',
  course_changed: 'course data changed in Moodle (name, idnumber, category or visibility)',
  enrolments_changed: 'enrolments changed',
  settings: 'the settings of the figures changed',
};

const leftOut: Record<LeftOutReason, string> = {
  not_an_activity_view: 'Not a view of an activity',
  no_course: 'Views without a course',
  other_module: 'Views of modules without a kind',
  course_deleted: 'Views in deleted courses',
  course_hidden: 'Views in hidden courses',
  without_category: 'Views in courses without a category',
  category_without_idnumber: 'Views in categories without an idnumber',
};

const likely: Record<NonNullable<Recount['likely_reason']>, string> = {
  late_rows: 'Log rows of the course probably arrived after the run.',
  clean_up: 'Log rows of the course were probably deleted in Moodle after the run.',
  course_changed: 'The counts are equal, but the course has moved, or was hidden, shown or deleted.',
  unknown: 'The reason is not known: rows were changed by hand, or the software made a mistake.',
};

const outcomes: Record<Recount['outcome'], string> = {
  equal: 'Equal: Moodle gives the same counts now.',
  differs: 'Different: Moodle gives other counts now.',
  purged: 'Moodle has deleted log rows of this date since. The stored counts are the better ones.',
};

const triggers: Record<Cell['run']['trigger_type'], string> = {
  api: 'started over the API',
  cli: 'started on the command line',
  schedule: 'started by the schedule',
  catch_up: 'caught up by the schedule',
  backfill: 'started for a past date',
  live: 'a live run of the schedule',
};

/** What a restatement shows of a course beside its figures. */
const columns = {
  course_name: 'Name',
  course_shortname: 'Short name',
  id_number: 'Idnumber',
  course_id: 'Idnumber of the category',
  category_id: 'Id of the category',
};

/** What explains figures. It is loaded with the first explanation. */
export const explain = {
  title: (figure: string, date: string) => `${figure} on ${date}`,
  close: 'Close',
  noValue: 'No value',
  definition: 'What it is',
  definitions,
  formula: 'How it is made',
  kindFormula: (rows: string, component: string) => `${rows} log rows of ${component}`,
  peopleFormula: (people: string) => `${people} different people`,
  activeFormula: (views: string, other: string, isActive: boolean) =>
    `${views} views of the kinds and ${other} of other activities: ${isActive ? 'more than 0, so 1' : 'none, so 0'}`,
  averageFormula: (views: string, students: string, days: string) =>
    `${views} views ÷ ${students} students ÷ ${days} days with activity`,
  equals: (left: string, value: string) => `${left} = ${value}`,
  unknown: 'not recorded',
  day: 'The day',
  dayText: (date: string, from: string, to: string, zone: string) => `${date}, ${from} to ${to} ${zone}`,
  seconds: (first: number, last: number) => `Seconds ${first} to ${last} in Moodle's log`,
  enrolments: 'Enrolments',
  enrolmentsAt: (time: string) => `Counted ${time}`,
  roles: (students: string, teachers: string) => `Roles: students ${students}, teachers ${teachers}`,
  run: 'The run',
  runText: (how: string, time: string) => `Ended ${time}, ${how}`,
  runBy: (by: string) => `Requested by ${by}`,
  triggers,
  state: 'State',
  provisional: 'Provisional: the day had not ended when it was counted. The value will change.',
  purged: 'Moodle has deleted log rows of this date since. The stored figures are the better ones.',
  otherSettings: 'Made with a time zone or roles that are not those of the settings now.',
  notCountedTitle: 'Why there is no value',
  notCounted,
  lost: (count: number, text: string) =>
    `${plural(count, text, { one: 'view is', other: 'views are' })} in no figure.`,
  lastRow: (date: string) => `It was last counted on ${date}.`,
  neverCounted: 'It has never been counted.',
  withheld: (below: string) =>
    `There are no figures of this course on this day, or they are not shown to you: days with fewer than ${below} students are withheld.`,
  sources: 'What was counted in Moodle',
  what: 'What',
  component: 'Component',
  rows: 'Log rows',
  others: 'Other activities',
  enrolled: 'People with a role',
  conditions: 'Conditions in SQL',
  history: 'What it was before',
  noHistory: 'No run has replaced another value.',
  historyMayLack: 'Other values may be missing: not every change of the date was kept.',
  formerly: (value: string, reasons: string) => `${value}, until a run replaced it: ${reasons}`,
  why,
  recount: 'Count again in Moodle',
  recountAbout:
    'A worker counts the log rows of this course and day again. It changes no figure. Enrolments are not counted again.',
  queued: 'Queued. A worker will count.',
  running: 'A worker is counting. It waits while the database of Moodle is busy.',
  failed: 'The recount failed.',
  noResult: 'There is no result of this recount.',
  outcomes,
  likely,
  differences: 'Differences',
  here: 'Stored',
  inMoodle: 'In Moodle',
  difference: 'Difference',
  repair: 'This command would replace the figures:',
  forced:
    'The stored figures are the better ones: a forced run counts only the log rows that Moodle still has.',
  repairLink: 'Open this date in Runs',
  countedWithoutValue: 'The course is counted, but this figure has no value in this range.',
  openLink: (date: string) => `Explain ${date}`,
  leftOutCourses: (count: number, text: string) =>
    `${plural(count, text, { one: 'course is', other: 'courses are' })} not counted`,
  notCountedOn: (date: string, sentence: string) => `${date}: ${sentence}`,
  ledger: "Where each row of Moodle's log is",
  ledgerAbout: (read: string, counted: string, rest: string) =>
    `${read} rows were read: ${counted} are counted, ${rest} are left out.`,
  noLedger: 'The version that counted this date kept no ledger.',
  counted: 'Counted as views',
  leftOut,
  read: 'All rows of the day',
  place: 'Place',
  share: 'Share',
  restated: 'Changed after it was final',
  restatedOn: (time: string, reasons: string) => `${time}: ${reasons}.`,
  sums: (figure: string, old: string, now: string) => `${figure}: ${old} → ${now}`,
  coursesChanged: (count: number, text: string) =>
    `${plural(count, text, { one: 'course', other: 'courses' })} changed`,
  course: 'Course',
  reason: 'Why',
  changes: 'What changed',
  columns,
  came: 'has figures now',
  went: 'has no figures any more',
  more: (count: number, text: string) =>
    `${plural(count, text, { one: 'further course', other: 'further courses' })} can be read over the API.`,
};

export type ExplainWords = typeof explain;
