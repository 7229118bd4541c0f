import { expect, it } from 'vitest';
import type { DayReport, Point, PointState } from '../src/api/types.ts';
import { daysTable, statesTable, stateText } from '../src/charts/calendar/table.ts';
import { dotsTable } from '../src/charts/dots/table.ts';
import { batchesTable } from '../src/charts/gantt/table.ts';
import { lineTable } from '../src/charts/line/table.ts';
import { kindsTable } from '../src/charts/multiples/table.ts';
import { stepsTable } from '../src/charts/steps/table.ts';
import { byWeek, type DayOfKinds } from '../src/charts/weeks/by-week.ts';
import { weeksTable } from '../src/charts/weeks/table.ts';
import { addDays } from '../src/dates.ts';
import { ENGLISH } from './support.ts';

const { range } = ENGLISH.formats;

const point = (from: string, value: number | null, state: PointState = 'final'): Point => ({
  from,
  to: from,
  partial: false,
  value,
  state,
});

const kinds = (count: number | null): DayOfKinds['views'] => ({
  file_views: count,
  video_views: count,
  forum_views: count,
  quiz_views: count,
  assignment_views: count,
  url_views: count,
});

const report = (about: Partial<DayReport>): DayReport => ({
  extraction_date: '2024-01-15',
  state: 'final',
  last_run: { run_id: 'a', status: 'completed' },
  due_at: null,
  late: false,
  completed_at: null,
  restated_at: null,
  user_counts_as_of: null,
  total_views: 12,
  ...about,
});

it('the table of a line has the counterpart and the change of each point, and no change without a figure', () => {
  const { columns, rows } = lineTable(
    {
      metric: 'total_views',
      points: [point('2024-01-15', 3800), point('2024-01-16', null, 'missing'), point('2024-01-17', 5)],
      compared: [point('2024-01-08', 3040), point('2024-01-09', 10), point('2024-01-10', 0)],
    },
    ENGLISH,
  );
  expect(columns.map(({ name }) => name)).toEqual([
    'Date',
    'Views',
    'State',
    'Compared date',
    'Views, compared',
    'Change',
  ]);
  expect(rows).toEqual([
    ['Mon 15 Jan', '3,800', 'Final', 'Mon 8 Jan', '3,040', '+25.0%'],
    ['Tue 16 Jan', '–', 'Missing', 'Tue 9 Jan', '10', '–'],
    ['Wed 17 Jan', '5', 'Final', 'Wed 10 Jan', '0', '–'],
  ]);
});

it('the table of a line without comparison has three columns, and names partial intervals', () => {
  const { rows } = lineTable(
    {
      metric: 'avg_activity_per_student_per_day',
      points: [{ from: '2024-01-15', to: '2024-01-18', partial: true, value: 1.75, state: 'incomplete' }],
      compared: null,
    },
    ENGLISH,
  );
  expect(rows).toEqual([[`${range('2024-01-15', '2024-01-18')} (partial)`, '1.75', 'Incomplete']]);
});

it('the table of dots has the greatest value first, all with as many places as one of them needs', () => {
  const rows = [
    { key: 'a', name: 'Law', value: 1 },
    { key: 'b', name: 'Letters', value: null },
    { key: 'c', name: 'Science', value: 1.5 },
  ];
  const table = dotsTable(rows, { row: 'Category', figure: 'Views' }, ENGLISH);
  expect(table.columns.map(({ name }) => name)).toEqual(['Category', 'Views']);
  expect(table.rows).toEqual([
    ['Science', '1.50'],
    ['Law', '1.00'],
    ['Letters', '–'],
  ]);
});

it('the table of weeks has the views of each kind and their sum', () => {
  const days = ['2024-01-20', '2024-01-21', '2024-01-22'].map(
    (extraction_date, index): DayOfKinds => ({
      extraction_date,
      state: index === 2 ? 'missing' : 'final',
      views: kinds(index === 2 ? null : 10),
    }),
  );
  const { rows } = weeksTable(byWeek(days), ENGLISH);
  expect(rows).toEqual([
    [`${range('2024-01-20', '2024-01-21')} (partial)`, '20', '20', '20', '20', '20', '20', '120', 'Final'],
    ['Mon 22 Jan (partial)', '–', '–', '–', '–', '–', '–', '–', 'Missing'],
  ]);
});

it('the table of kinds has a row for each day', () => {
  const { columns, rows } = kindsTable(
    [{ extraction_date: '2024-01-15', state: 'provisional', views: kinds(0) }],
    ENGLISH,
  );
  expect(columns).toHaveLength(8);
  expect(rows).toEqual([['Mon 15 Jan', '0', '0', '0', '0', '0', '0', 'Provisional']]);
});

it('the table of enrolments has a row for each step, and one where a gap begins and ends', () => {
  const numbers = [20, 20, null, 20, 21];
  const days = numbers.map((num_students, index) => ({
    extraction_date: addDays('2024-01-15', index),
    state: num_students === null ? ('missing' as const) : ('final' as const),
    num_students,
    num_teachers: num_students === null ? null : 2,
  }));
  expect(stepsTable(days, ENGLISH).rows).toEqual([
    ['Mon 15 Jan', '20', '2'],
    ['Wed 17 Jan', '–', '–'],
    ['Thu 18 Jan', '20', '2'],
    ['Fri 19 Jan', '21', '2'],
  ]);
});

it('the table of batches has durations of ended and running batches, and none if the clock was put back', () => {
  const bar = {
    batch: 'main_etl',
    status: 'completed',
    attempt: 2,
    queued_at: '2024-01-16 02:00:00',
    started_at: '2024-01-16 02:00:01',
    finished_at: '2024-01-16 02:03:21',
  } as const;
  const { rows } = batchesTable(
    [
      bar,
      { ...bar, status: 'running', finished_at: null },
      { ...bar, status: 'queued', started_at: null, finished_at: null },
      { ...bar, finished_at: '2024-01-16 01:00:00' },
      { ...bar, finished_at: bar.started_at },
    ],
    '2024-01-16 04:05:01',
    ENGLISH,
  );
  expect(rows.map((row) => row[5])).toEqual(['3m 20s', '2h 5m', '–', '–', '< 1s']);
  expect(rows[0]).toEqual([
    'Merge',
    'Finished',
    '2024-01-16 02:00:00',
    '2024-01-16 02:00:01',
    '2024-01-16 02:03:21',
    '3m 20s',
    '2',
  ]);
});

it('the table of a heat map has the views and the state of each day', () => {
  const days = [report({}), report({ extraction_date: '2024-01-16', state: 'missing', total_views: null })];
  expect(daysTable(days, ENGLISH).rows).toEqual([
    ['Mon 15 Jan', '12', 'Final'],
    ['Tue 16 Jan', '–', 'Missing'],
  ]);
});

it('a day of the calendar of states says what its last run did, and that it is late', () => {
  const failed = report({ state: 'missing', late: true, last_run: { run_id: 'a', status: 'failed' } });
  expect(stateText(failed, ENGLISH)).toBe('Monday, 15 January 2024: Missing, The last run failed, Late');
  expect(stateText(report({}), ENGLISH)).toBe('Monday, 15 January 2024: Final');
  expect(stateText(report({ restated_at: '2024-01-17 02:00:04' }), ENGLISH)).toBe(
    'Monday, 15 January 2024: Final, Changed after it was final',
  );
  const days = [failed, report({ extraction_date: '2024-01-16', state: 'missing', last_run: null })];
  expect(statesTable(days, ENGLISH).rows).toEqual([
    ['Tue 16 Jan', 'Missing', '–'],
    ['Mon 15 Jan', 'Missing', 'Failed'],
  ]);
});
