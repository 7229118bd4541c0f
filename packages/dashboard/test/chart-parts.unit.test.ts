import { describe, expect, it } from 'vitest';
import type { FigureState, PointState } from '../src/api/types.ts';
import { heatSteps, MOST_STEPS, stepOf } from '../src/charts/calendar/heat-steps.ts';
import { dayAfterKey, weeksOf } from '../src/charts/calendar/weeks-of.ts';
import { clockTicks } from '../src/charts/gantt/clock-ticks.ts';
import { sparkParts } from '../src/charts/spark-parts.ts';
import { spansOf, statesToExplain } from '../src/charts/states.ts';
import { timeTicks } from '../src/charts/time-ticks.ts';
import { byWeek, type DayOfKinds } from '../src/charts/weeks/by-week.ts';
import { addDays, daysIn } from '../src/dates.ts';

describe('the steps of a heat map', () => {
  it('each step has as many dates as the others', () => {
    const values = Array.from({ length: 100 }, (_, index) => (index + 1) ** 2);
    const steps = heatSteps(values);
    expect(steps).toHaveLength(MOST_STEPS);
    const counts = Map.groupBy(values, (value) => stepOf(value, steps));
    expect([...counts.values()].map(({ length }) => length)).toEqual([20, 20, 20, 20, 20]);
  });

  it('equal values are in one step, and 0 is in none', () => {
    const values = [0, 0, 7, 7, 7, 7, 7, 7, 7, 9];
    const steps = heatSteps(values);
    expect(steps).toEqual([
      { from: 7, to: 7 },
      { from: 9, to: 9 },
    ]);
    expect(values.map((value) => stepOf(value, steps))).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 2]);
  });

  it('every value is in the step that names it', () => {
    const values = [1, 1, 1, 1, 2, 3, 3, 3, 50, 50, 51, 4000];
    const steps = heatSteps(values);
    for (const value of values) {
      const step = steps[stepOf(value, steps) - 1];
      expect(value).toBeGreaterThanOrEqual(step?.from ?? Number.NaN);
      expect(value).toBeLessThanOrEqual(step?.to ?? Number.NaN);
    }
  });

  it('there are no steps without views', () => {
    expect(heatSteps([])).toEqual([]);
    expect(heatSteps([0])).toEqual([]);
  });
});

describe('the weeks of a calendar', () => {
  it('begin on Monday, and days outside the range are empty', () => {
    const weeks = weeksOf('2024-01-17', '2024-01-22');
    expect(weeks.map(({ monday }) => monday)).toEqual(['2024-01-15', '2024-01-22']);
    expect(weeks[0]?.dates.slice(0, 3)).toEqual([null, null, '2024-01-17']);
    expect(weeks[1]?.dates).toEqual(['2024-01-22', null, null, null, null, null, null]);
  });

  it('have every date of a range once', () => {
    const dates = weeksOf('2023-12-05', '2024-12-04').flatMap(({ dates }) =>
      dates.filter((date) => date !== null),
    );
    expect(new Set(dates).size).toBe(366);
    expect(dates).toHaveLength(daysIn('2023-12-05', '2024-12-04'));
  });

  it('arrow keys move along weeks and across them, and stay in the range', () => {
    const rows = { from: '2024-01-01', to: '2024-01-31', areWeeksColumns: false };
    expect(dayAfterKey('ArrowRight', '2024-01-15', rows)).toBe('2024-01-16');
    expect(dayAfterKey('ArrowDown', '2024-01-15', rows)).toBe('2024-01-22');
    expect(dayAfterKey('ArrowDown', '2024-01-29', rows)).toBe('2024-01-29');
    expect(dayAfterKey('Home', '2024-01-15', rows)).toBe('2024-01-01');
    expect(dayAfterKey('Tab', '2024-01-15', rows)).toBeNull();
    const columns = { ...rows, areWeeksColumns: true };
    expect(dayAfterKey('ArrowRight', '2024-01-15', columns)).toBe('2024-01-22');
    expect(dayAfterKey('ArrowUp', '2024-01-15', columns)).toBe('2024-01-14');
  });
});

describe('the labels of a time axis', () => {
  const datesOf = (from: string, to: string, width: number) =>
    timeTicks(from, to, width, 'en-GB').map(({ date }) => date);

  it('are days, Mondays or first days of months, as many as fit', () => {
    expect(datesOf('2024-01-01', '2024-01-07', 800)).toHaveLength(7);
    expect(datesOf('2024-01-01', '2024-01-28', 800)).toEqual([
      '2024-01-01',
      '2024-01-08',
      '2024-01-15',
      '2024-01-22',
    ]);
    expect(datesOf('2024-01-15', '2024-12-31', 900)).toEqual(
      Array.from({ length: 11 }, (_, index) => `2024-${String(index + 2).padStart(2, '0')}-01`),
    );
    for (const width of [320, 700, 1200]) {
      for (const days of [1, 14, 60, 200, 500, 1100]) {
        const ticks = datesOf('2023-03-09', addDays('2023-03-09', days - 1), width);
        expect(ticks.length).toBeLessThanOrEqual(width / 56);
        expect(ticks.length).toBeGreaterThan(0);
      }
    }
  });

  it('name the year at the first month and at each new year', () => {
    const texts = timeTicks('2023-10-15', '2024-02-20', 300, 'en-GB').map(({ text }) => text);
    expect(texts).toEqual(['Nov\n2023', 'Dec', 'Jan\n2024', 'Feb']);
  });
});

describe('the states of a chart', () => {
  const at = (from: string, state: PointState) => ({ from, to: from, state });

  it('adjoining dates of a state are one span', () => {
    const points = [
      at('2024-01-01', 'missing'),
      at('2024-01-02', 'missing'),
      at('2024-01-03', 'final'),
      at('2024-01-04', 'missing'),
    ];
    expect(spansOf(points, 'missing')).toEqual([
      { from: '2024-01-01', to: '2024-01-02' },
      { from: '2024-01-04', to: '2024-01-04' },
    ]);
    expect(statesToExplain(points)).toEqual(['missing']);
  });
});

describe('weeks of days', () => {
  const day = (extraction_date: string, state: FigureState, count: number | null): DayOfKinds => ({
    extraction_date,
    state,
    views: {
      file_views: count,
      video_views: 0,
      forum_views: 0,
      quiz_views: 0,
      assignment_views: 0,
      url_views: 0,
    },
  });

  it.each([
    [['final', 'provisional'], 'provisional'],
    [['final', 'purged'], 'purged'],
    [['final', 'missing'], 'incomplete'],
    [['provisional', 'future'], 'incomplete'],
    [['missing', 'future'], 'missing'],
    [['future', 'future'], 'future'],
  ] as const)('a week of %s days is %s', (states, state) => {
    const days = states.map((one, index) => day(addDays('2024-01-15', index), one, null));
    expect(byWeek(days).map((week) => week.state)).toEqual([state]);
  });

  it('a week of seven days is whole, and sums the days that are known', () => {
    const days = Array.from({ length: 7 }, (_, index) =>
      day(addDays('2024-01-15', index), index === 3 ? 'missing' : 'final', index === 3 ? null : 5),
    );
    const [week] = byWeek(days);
    expect(week).toMatchObject({ from: '2024-01-15', to: '2024-01-21', partial: false, state: 'incomplete' });
    expect(week?.views.file_views).toBe(30);
  });
});

it('a sparkline ends at a gap and goes on after it, with 0 at the bottom', () => {
  const parts = sparkParts([0, 10, null, 5]);
  expect(parts.map(({ length }) => length)).toEqual([2, 1]);
  expect(parts[0]?.[0]?.y).toBe(19.5);
  expect(parts[0]?.[1]?.y).toBe(2.5);
  expect(sparkParts([null, null])).toEqual([]);
});

it.each([
  [3, 400, 4, 'medium'],
  [345, 279, 2, 'short'],
  [20, 700, 4, 'medium'],
  [9 * 3600, 279, 3, 'short'],
] as const)('a clock of %i s on %i px has %i labels that do not overlap', (seconds, room, count, style) => {
  const first = new Date('2024-01-16T02:00:01Z');
  const found = clockTicks(first, new Date(first.getTime() + seconds * 1000), room);
  expect(found.style).toBe(style);
  expect(found.ticks.length * 80).toBeLessThanOrEqual(room);
  expect(found.ticks.length).toBe(count);
});
