import { dayOf, VIEW_KINDS } from '@etl/core';
import type { LogRow, MoodleRows } from '@etl/local-stack';
import fc from 'fast-check';

/** Zones with and without clock changes, with half-hour offsets, and days on which the clocks change. */
export const ZONES_AND_DATES: readonly [zone: string, date: string][] = [
  ['UTC', '2024-01-15'],
  ['Asia/Jakarta', '2024-01-15'],
  ['America/St_Johns', '2024-01-15'],
  ['America/St_Johns', '2024-03-10'],
  ['Europe/Berlin', '2024-03-31'],
  ['Europe/Berlin', '2024-10-27'],
];
export const ZONES = [...new Set(ZONES_AND_DATES.map(([zone]) => zone))];

export interface GeneratedMoodle {
  timeZone: string;
  date: string;
  rows: MoodleRows;
  log: LogRow[];
}

/** Beyond 2^53: as a number, each would be rounded to the other. */
const HUGE_COURSES = ['9007199254740992', '9007199254740993'];
const COURSE_IDS = [1, 2, 3, 4, 5, 6, 7, ...HUGE_COURSES];
const DELETED_COURSES = [901, 902];
const CATEGORY_IDS = [1, 2, 3, 4];

const idnumber = fc.constantFrom('', 'A', 'B', 'Ü-1', "O'B\\'", '0');

const category = (id: number) =>
  fc.record({
    id: fc.constant(id),
    name: fc.string({ maxLength: 20 }),
    idnumber: fc.option(idnumber),
    parent: fc.constant(id === 1 ? 0 : 1),
    depth: fc.constant(id === 1 ? 1 : 2),
    path: fc.constant(id === 1 ? '/1' : `/1/${id}`),
  });

const course = (id: number | string) =>
  fc.record({
    id: fc.constant(id),
    category: fc.constantFrom(0, ...CATEGORY_IDS, 99),
    fullname: fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constant('x'.repeat(1333))),
    shortname: fc.string({ maxLength: 255 }),
    idnumber,
    visible: fc.constantFrom(1, 1, 1, 0),
  });

/** Contexts of existing and deleted courses, of categories with the same instance ids, and of modules. */
const contexts = [
  ...[...COURSE_IDS, ...DELETED_COURSES].map((instanceid, index) => ({
    id: index + 1,
    contextlevel: 50,
    instanceid,
  })),
  ...CATEGORY_IDS.map((instanceid, index) => ({ id: 100 + index, contextlevel: 40, instanceid })),
  { id: 200, contextlevel: 70, instanceid: 3 },
];

const roleAssignment = fc.record({
  roleid: fc.constantFrom(1, 3, 4, 5, 5, 5, 6),
  // 300 is a deleted context.
  contextid: fc.constantFrom(...contexts.map(({ id }) => id), 300),
  userid: fc.integer({ min: 1, max: 6 }),
  component: fc.constantFrom('', 'enrol_cohort'),
  itemid: fc.integer({ min: 0, max: 2 }),
});

const logRow = (times: fc.Arbitrary<number>): fc.Arbitrary<LogRow> =>
  fc.record({
    component: fc.constantFrom(
      ...VIEW_KINDS.map(({ component }) => component),
      ...['mod_folder', 'core', 'MOD_QUIZ', 'mod_quiz '],
    ),
    action: fc.constantFrom('viewed', 'viewed', 'viewed', 'created', 'Viewed'),
    target: fc.constant('course_module'),
    crud: fc.constant('r'),
    contextid: fc.constant(200),
    contextlevel: fc.constantFrom(70, 70, 70, 50, 10),
    contextinstanceid: fc.constant(3),
    userid: fc.integer({ min: 0, max: 6 }),
    courseid: fc.constantFrom(null, 0, ...COURSE_IDS, ...DELETED_COURSES),
    anonymous: fc.constantFrom(0, 0, 1),
    timecreated: times,
    origin: fc.constantFrom('web', 'ws', 'cli', 'restore'),
    realuserid: fc.constantFrom(null, 2),
  });

/** Small Moodles with the peculiarities of real ones. Most log times are in or near the day. */
export const generatedMoodle: fc.Arbitrary<GeneratedMoodle> = fc
  .constantFrom(...ZONES_AND_DATES)
  .chain(([timeZone, date]) => {
    const { start, end } = dayOf(date, timeZone);
    const times = fc.oneof(
      fc.integer({ min: start, max: end - 1 }),
      fc.integer({ min: start - 90_000, max: end + 90_000 }),
      fc.constantFrom(start - 1, start, end - 1, end),
    );
    return fc.record({
      timeZone: fc.constant(timeZone),
      date: fc.constant(date),
      rows: fc.record({
        course_categories: subsetOf(CATEGORY_IDS.map(category)),
        course: subsetOf(COURSE_IDS.map(course)),
        context: fc.constant(contexts),
        role_assignments: fc.array(roleAssignment, { maxLength: 40 }),
      }),
      log: fc.array(logRow(times), { maxLength: 60 }),
    });
  });

function subsetOf<T>(choices: fc.Arbitrary<T>[]): fc.Arbitrary<T[]> {
  return fc
    .tuple(...choices.map((choice) => fc.option(choice, { freq: 5 })))
    .map((chosen) => chosen.filter((one): one is Awaited<T> & T => one !== null));
}
