import type { Day } from '@etl/core';
import { type Campus, type CampusCourse, MODULES, type Module } from './campus.ts';
import type { Random } from './random.ts';
import type { LogRow } from './rows.ts';

const SYSTEM_CONTEXT = 1;
const GUEST = 1;
const ADMINISTRATOR = 2;

/** Moodle writes a request's events when the request ends: at most this many seconds later. */
const LONGEST_BUFFER = 90;

/** Share of a full day's traffic, from Monday to Sunday. */
const WEEKDAYS = [1, 0.9, 0.85, 0.9, 0.7, 0.25, 0.3];

/** What the requests of a day visit, and how many rows they write. */
export interface Traffic {
  rows: number;
  course(random: Random): CampusCourse;
  module(random: Random): Module;
}

/** A day of an ordinary week: some courses are visited far more than others, and all activities alike. */
export function usualTraffic({ courses }: Campus, date: string, rowsOnMonday: number): Traffic {
  const weekday = Temporal.PlainDate.from(date).dayOfWeek;
  return {
    rows: Math.round(rowsOnMonday * (WEEKDAYS[weekday - 1] ?? 1)),
    course: (random) => courses[random.skewed(courses.length)] as CampusCourse,
    module: (random) => random.pick(MODULES),
  };
}

/**
 * A day's rows in the order in which Moodle writes them: by the end of their request. `timecreated` is therefore not
 * sorted.
 */
export function logOfDay(
  random: Random,
  campus: Campus,
  { start, end }: Pick<Day, 'start' | 'end'>,
  traffic: Traffic,
): LogRow[] {
  const requests: { written: number; rows: LogRow[] }[] = [];
  let made = 0;
  while (made < traffic.rows) {
    const time = random.int(start, end - 1);
    const rows = request(random, campus, traffic, time);
    requests.push({ written: time + random.int(0, LONGEST_BUFFER), rows });
    made += rows.length;
  }
  return requests.toSorted((a, b) => a.written - b.written).flatMap(({ rows }) => rows);
}

/** Rows of a course restored from a backup: they keep their old times and get new ids. */
export function restoredLog(random: Random, course: CampusCourse, from: number, rows: number): LogRow[] {
  return Array.from({ length: rows }, () => ({
    ...view(random, course, from + random.int(0, 86_400), random.pick(MODULES)),
    origin: 'restore',
  }));
}

/** The rows that one request of a browser writes. */
function request(random: Random, campus: Campus, traffic: Traffic, time: number): LogRow[] {
  const oddity = random.int(1, 100);
  if (oddity <= 4) return [aboveCourses(random, time)];
  if (oddity <= 6) return [{ ...view(random, deletedCourse(random, campus), time, 'mod_page') }];
  const course = traffic.course(random);
  if (oddity <= 20) return [courseViewed(random, course, time)];
  if (oddity <= 30) return [somethingElse(random, course, time)];
  return activityViewed(random, course, traffic.module(random), time);
}

function activityViewed(random: Random, course: CampusCourse, module: Module, time: number): LogRow[] {
  const first = view(random, course, time, module);
  // Moodle writes two views when a person opens an assignment, and one for each page of a quiz.
  if (module === 'mod_assign') return [first, { ...first, target: 'submission_status' }];
  if (module === 'mod_quiz') {
    const pages = random.int(0, 4);
    return [first, ...Array.from({ length: pages }, () => ({ ...first, target: 'attempt' }))];
  }
  return [first];
}

function view(random: Random, course: CampusCourse, time: number, module: Module): LogRow {
  const row: LogRow = {
    component: module,
    action: 'viewed',
    target: 'course_module',
    crud: 'r',
    contextid: course.modules[module],
    contextlevel: 70,
    contextinstanceid: course.id * 10 + MODULES.indexOf(module),
    userid: course.members.length > 0 ? random.pick(course.members) : ADMINISTRATOR,
    courseid: course.id,
    anonymous: 0,
    timecreated: time,
    origin: random.chance(0.2) ? 'ws' : 'web',
    realuserid: null,
  };
  if (random.chance(0.02)) return { ...row, userid: GUEST };
  if (random.chance(0.02)) return { ...row, realuserid: ADMINISTRATOR };
  if (random.chance(0.02) && module === 'mod_assign') return { ...row, anonymous: 1 };
  return row;
}

/** The course's own page: a view, but not of an activity. */
function courseViewed(random: Random, course: CampusCourse, time: number): LogRow {
  return {
    ...view(random, course, time, 'mod_page'),
    component: 'core',
    target: 'course',
    contextid: course.contextid,
    contextlevel: 50,
    contextinstanceid: course.id,
  };
}

/** An action on an activity that is not a view. */
function somethingElse(random: Random, course: CampusCourse, time: number): LogRow {
  const [action, crud] = random.pick([
    ['created', 'c'],
    ['updated', 'u'],
    ['submitted', 'u'],
    ['deleted', 'd'],
  ] as const);
  return { ...view(random, course, time, random.pick(MODULES)), action, crud };
}

/** Rows without a course: logins, scheduled tasks, and views outside any course. */
function aboveCourses(random: Random, time: number): LogRow {
  const courseid = random.pick([0, null]);
  const row: LogRow = {
    component: 'core',
    action: 'loggedin',
    target: 'user',
    crud: 'r',
    contextid: SYSTEM_CONTEXT,
    contextlevel: 10,
    contextinstanceid: 0,
    userid: random.int(1000, 5000),
    courseid,
    anonymous: 0,
    timecreated: time,
    origin: random.chance(0.2) ? 'cli' : 'web',
    realuserid: null,
  };
  return random.chance(0.3)
    ? { ...row, component: 'mod_page', action: 'viewed', target: 'course_module', contextlevel: 70 }
    : row;
}

/** A course that was deleted later: its log rows stay. */
function deletedCourse(random: Random, campus: Campus): CampusCourse {
  const course = campus.courses[0] as CampusCourse;
  return { ...course, id: campus.courses.length + 1 + random.int(1, 5) };
}
