import { VIEW_KINDS } from '@etl/core';
import { type Scratch, scratchFolder, waitUntil, withConnection } from '@etl/local-stack';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoEnv, leftBehind, type StartedDemo, startDemo } from './started-demo.ts';

/** The eight weeks as two ranges that the API compares. */
const EARLIER = { from: '2023-12-04', to: '2023-12-31' };
const LAST = { from: '2024-01-01', to: '2024-01-28' };
const WITHOUT_RUN = ['2023-12-06', '2024-01-03'];
const HOLIDAYS = ['2023-12-25', '2023-12-26', '2024-01-01'];

let folder: Scratch<string>;
let demo: StartedDemo;
let env: Record<string, string>;

beforeAll(async () => {
  folder = scratchFolder();
  // The first demo is interrupted in its third week, the second one completes the weeks.
  demo = await startDemo(folder.value);
  await waitUntil(async () => demo.output().includes('2023-12-11 – 12-17'), 'two weeks');
  demo.child.kill('SIGINT');
  expect(await demo.ended, demo.output()).toBe(0);
  expect(leftBehind(folder.value)).toEqual([]);
  demo = await startDemo(folder.value);
  await isUp();
  expect(demo.output()).toContain('kept from last time');
  expect(demo.output()).not.toContain('2024-01-28: kept from last time');
  env = demoEnv(folder.value);
});

afterAll(async () => {
  demo?.child.kill('SIGINT');
  await demo?.ended;
  await folder.remove();
});

const isUp = () =>
  waitUntil(async () => demo.output().includes('Ctrl-C stops everything'), 'the demo to be up');

async function call<Body>(path: string): Promise<Body> {
  const answer = await fetch(`http://127.0.0.1:${demo.port}/api/user_activity_etl/${path}`, {
    headers: { authorization: 'Bearer token' },
  });
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as Body;
}

interface Summary {
  data: {
    extraction_date: string;
    moodle_course_id: number;
    courses: number;
    num_students: number;
    total_views: number;
    quiz_views: number;
  }[];
  missing_dates: string[];
}
const summary = (range: { from: string; to: string }, groupBy: 'day' | 'course') =>
  call<Summary>(`summary?from=${range.from}&to=${range.to}&group_by=${groupBy}`);
const byDay = () => summary({ from: EARLIER.from, to: LAST.to }, 'day');

/** Counted views of a course on a date, by SQL on the demo's Moodle as it is now. */
interface Counted extends RowDataPacket {
  date: string;
  course: number;
  views: number;
  late: number;
}

async function countedInMoodle(): Promise<Counted[]> {
  return withConnection(env.MOODLE_DATABASE_URL as string, async (connection) => {
    // Jakarta's clocks never change.
    await connection.query("SET time_zone = '+07:00'");
    const [rows] = await connection.query<Counted[]>(
      `SELECT DATE_FORMAT(FROM_UNIXTIME(log.timecreated), '%Y-%m-%d') AS date, course.id AS course,
         COUNT(*) AS views, COUNT(CASE WHEN log.origin = 'restore' THEN 1 END) AS late
       FROM mdl_logstore_standard_log log
       JOIN mdl_course course ON course.id = log.courseid
       JOIN mdl_course_categories category ON category.id = course.category
       WHERE log.contextlevel = 70 AND log.action = 'viewed' AND log.component IN (?)
         AND course.visible = 1 AND category.idnumber IS NOT NULL
       GROUP BY date, course.id`,
      [VIEW_KINDS.map(({ component }) => component)],
    );
    return rows;
  });
}

const sum = (rows: readonly Counted[], isMeant: (row: Counted) => boolean) =>
  rows.filter(isMeant).reduce((total, { views }) => total + views, 0);
const isIn = ({ from, to }: { from: string; to: string }, date: string) => date >= from && date <= to;

const inOrder = (ids: Iterable<number>) => [...ids].toSorted((a, b) => a - b);
/** The courses that the call lists if only the filter is given. */
const listed = async (filter: string) => {
  const { data } = await call<{ data: { moodle_course_id: number }[] }>(`courses?filter=${filter}`);
  return inOrder(data.map(({ moodle_course_id: id }) => id));
};

describe("the demo's eight weeks, as the API shows them", () => {
  it('every day has the views that SQL counts in Moodle, but for two dates that no run has extracted', async () => {
    const { data, missing_dates } = await byDay();
    const counted = await countedInMoodle();
    expect(missing_dates).toEqual(WITHOUT_RUN);
    expect(data).toHaveLength(54);
    for (const { extraction_date, total_views } of data) {
      expect(total_views, extraction_date).toBe(sum(counted, ({ date }) => date === extraction_date));
    }
    for (const missing of WITHOUT_RUN)
      expect(sum(counted, ({ date }) => date === missing)).toBeGreaterThan(300);
  });

  it('both ranges of four weeks lack the same weekday', async () => {
    const [earlier, last] = [await summary(EARLIER, 'day'), await summary(LAST, 'day')];
    expect([earlier.missing_dates, last.missing_dates]).toEqual(WITHOUT_RUN.map((date) => [date]));
  });

  it('weekends have less than half the views of weekdays, and holidays less than weekends', async () => {
    const { data } = await byDay();
    const dayOfWeek = (date: string) => Temporal.PlainDate.from(date).dayOfWeek;
    const views = (isMeant: (date: string) => boolean) =>
      data.filter((day) => isMeant(day.extraction_date)).map((day) => day.total_views);
    const isHoliday = (date: string) => HOLIDAYS.includes(date);
    const weekdays = views((date) => dayOfWeek(date) < 6 && !isHoliday(date));
    const weekends = views((date) => dayOfWeek(date) >= 6);
    expect(Math.max(...weekends)).toBeLessThan(Math.min(...weekdays) / 1.5);
    expect(Math.max(...views(isHoliday))).toBeLessThan(Math.min(...weekends));
  });

  it('in the exam week half the views are of quizzes, a week before a third', async () => {
    const shareOfQuizzes = async (from: string, to: string) => {
      const { data } = await summary({ from, to }, 'day');
      const total = (field: 'quiz_views' | 'total_views') => data.reduce((all, day) => all + day[field], 0);
      return total('quiz_views') / total('total_views');
    };
    expect(await shareOfQuizzes('2024-01-15', '2024-01-19')).toBeLessThan(0.4);
    expect(await shareOfQuizzes('2024-01-22', '2024-01-26')).toBeGreaterThan(0.55);
  });

  it('five courses of December are silent in January, three more in the last two weeks', async () => {
    const counted = await countedInMoodle();
    const silentIn = async (range: { from: string; to: string }, before: { from: string; to: string }) => {
      const shown = (await summary(range, 'course')).data
        .filter(({ total_views }) => total_views === 0)
        .map(({ moodle_course_id: id }) => id)
        .filter((id) => sum(counted, ({ course, date }) => course === id && isIn(before, date)) > 0);
      const bySql = new Set(counted.filter(({ date }) => isIn(before, date)).map(({ course }) => course));
      for (const { course, date } of counted) if (isIn(range, date)) bySql.delete(course);
      expect(inOrder(shown)).toEqual(inOrder(bySql));
      return inOrder(shown);
    };
    const last = await silentIn(LAST, EARLIER);
    expect(last).toHaveLength(5);
    // The range that the call takes by itself is the last four weeks.
    expect(await listed('silent')).toEqual(last);
    expect(
      await silentIn({ from: '2024-01-15', to: LAST.to }, { from: '2023-12-18', to: '2024-01-14' }),
    ).toHaveLength(8);
  });

  it('one course is new: it has rows from 2024-01-08 on', async () => {
    const idsOf = async (date: string) => {
      const { data } = await call<{ data: { moodle_course_id: number }[] }>(`results/${date}`);
      return new Set(data.map(({ moodle_course_id: id }) => id));
    };
    const [sunday, monday] = [await idsOf('2024-01-07'), await idsOf('2024-01-08')];
    expect([...sunday].filter((id) => !monday.has(id))).toEqual([]);
    const created = [...monday].filter((id) => !sunday.has(id));
    expect(created).toHaveLength(1);
    expect(await listed('new')).toEqual(created);
    const [row] = (await summary(LAST, 'course')).data.filter(
      ({ moodle_course_id: id }) => id === created[0],
    );
    const counted = await countedInMoodle();
    const before = sum(counted, ({ course, date }) => course === created[0] && date < '2024-01-08');
    expect(before).toBe(0);
    const inLast = sum(counted, ({ course, date }) => course === created[0] && isIn(LAST, date));
    expect(row?.total_views).toBe(inLast);
    expect(row?.total_views).toBeGreaterThan(0);
  });

  it('enrolments grow from week to week', async () => {
    const { data } = await byDay();
    const mondays = data.filter((_, index) => index % 7 === 0).map((day) => day.num_students);
    expect(mondays.toSorted((a, b) => a - b)).toEqual(mondays);
    expect(mondays.at(-1)).toBeGreaterThan((mondays[0] as number) * 1.05);
    // The last day shows the Moodle as it is now.
    const [{ students } = { students: 0 }] = await withConnection(
      env.MOODLE_DATABASE_URL as string,
      async (connection) =>
        (
          await connection.query<(RowDataPacket & { students: number })[]>(
            `SELECT COUNT(DISTINCT context.instanceid, role.userid) AS students
             FROM mdl_role_assignments role
             JOIN mdl_context context ON context.id = role.contextid AND context.contextlevel = 50
             JOIN mdl_course course ON course.id = context.instanceid
             JOIN mdl_course_categories category ON category.id = course.category
             WHERE role.roleid = 5 AND course.visible = 1 AND category.idnumber IS NOT NULL`,
          )
        )[0],
    );
    expect(data.at(-1)?.num_students).toBe(students);
  });

  it('a date whose log rows came late was extracted twice, and has them', async () => {
    const { data } = await call<{
      data: { batch_name: string; status: number; details: { rows: { read: number } } }[];
    }>('scheduler_data?date=2024-01-18');
    const [second, first] = data.filter(({ batch_name }) => batch_name === 'activity_counts');
    expect(data.map(({ status }) => status)).toEqual(Array(6).fill(1));
    expect((second?.details.rows.read ?? 0) - (first?.details.rows.read ?? 0)).toBe(150);
    const late = (await countedInMoodle()).filter((row) => row.late > 0);
    expect(late.map(({ date }) => date)).toContain('2024-01-18');
  });
});

it('a further demo keeps the Moodle and the figures', async () => {
  const before = await byDay();
  demo.child.kill('SIGINT');
  expect(await demo.ended, demo.output()).toBe(0);
  expect(leftBehind(folder.value)).toEqual([]);

  demo = await startDemo(folder.value);
  await isUp();
  expect(demo.output()).toContain('Sample Moodle: kept from last time');
  expect(demo.output()).toContain('2023-12-04 to 2024-01-28: kept from last time');
  expect((await byDay()).data).toEqual(before.data);
});

it('the demo prints lines of 100 columns at most', () => {
  const ours = demo
    .output()
    .split('\n')
    .filter((line) => !line.includes(folder.value));
  expect(ours.filter((line) => [...line].length > 100)).toEqual([]);
});
