import { expect, it } from 'vitest';
import type { FigureState, OneCourse } from '../src/api/types.ts';
import { addDays } from '../src/dates.ts';
import { differencesOf } from '../src/views/course/differences.ts';
import { ENGLISH } from './support.ts';

type Day = OneCourse['days'][number];

/** Days with views of quizzes and files. Null: the course was not there. */
function daysFrom(from: string, views: readonly ([number, number] | FigureState | null)[]): Day[] {
  return views.map((one, index) => {
    const [quiz, file] = Array.isArray(one) ? one : [null, null];
    return {
      extraction_date: addDays(from, index),
      state: typeof one === 'string' ? one : 'final',
      num_students: 1,
      num_teachers: 1,
      active_days: 1,
      file_views: file,
      quiz_views: quiz,
      video_views: 0,
      forum_views: 0,
      assignment_views: 0,
      url_views: 0,
      total_views: quiz === null || file === null ? null : quiz + file,
    };
  });
}

const repeated = (times: number, views: [number, number]) => Array.from({ length: times }, () => views);

it('the kind with the greatest part of a fall comes first, and each week has its own part', () => {
  // A Wednesday: the first and the last week are parts.
  const days = daysFrom('2024-01-10', [
    ...repeated(5, [4, 9]),
    ...repeated(7, [1, 9]),
    ...repeated(2, [5, 9]),
  ]);
  const compared = daysFrom('2023-12-27', repeated(14, [5, 10]));
  const { total, kinds, spans } = differencesOf(days, compared, ENGLISH.words);
  expect(total).toBe(-5 - 28 - 14);
  expect(kinds.slice(0, 2)).toEqual([
    { kind: 'quiz_views', views: 37, compared: 70, difference: -33 },
    { kind: 'file_views', views: 126, compared: 140, difference: -14 },
  ]);
  expect(spans.map(({ from, to, kinds, total }) => [from, to, kinds.quiz_views, total])).toEqual([
    ['2024-01-10', '2024-01-14', -5, -10],
    ['2024-01-15', '2024-01-21', -28, -35],
    ['2024-01-22', '2024-01-23', 0, -2],
  ]);
});

it('of a rise, the greatest rise comes first', () => {
  const compared = daysFrom('2024-01-01', [[5, 5]]);
  const { kinds } = differencesOf(daysFrom('2024-01-02', [[6, 9]]), compared, ENGLISH.words);
  expect(kinds[0]?.kind).toBe('file_views');
});

it('if the ranges miss different dates, only weeks without such dates have differences', () => {
  const days = daysFrom('2024-01-15', [...repeated(7, [1, 1]), 'missing', ...repeated(6, [1, 1])]);
  const compared = daysFrom('2024-01-01', repeated(14, [2, 2]));
  const { total, kinds, spans } = differencesOf(days, compared, ENGLISH.words);
  expect([total, kinds[0]?.difference]).toEqual([null, null]);
  expect(spans.map((span) => span.total)).toEqual([-14, null]);
  const alike = daysFrom('2024-01-01', [...repeated(7, [2, 2]), 'missing', ...repeated(6, [2, 2])]);
  expect(differencesOf(days, alike, ENGLISH.words).total).toBe(-26);
});

it('a day without a row of the course has no views, and is not missing', () => {
  const { total } = differencesOf(
    daysFrom('2024-01-02', [null]),
    daysFrom('2024-01-01', [[2, 3]]),
    ENGLISH.words,
  );
  expect(total).toBe(-5);
});

it('more than 13 weeks are months', () => {
  const at = (from: string, count: number) => daysFrom(from, repeated(count, [1, 1]));
  const spansIn = (count: number) =>
    differencesOf(at('2024-01-01', count), at('2023-01-02', count), ENGLISH.words).spans.map(
      ({ from }) => from,
    );
  expect(spansIn(91)).toHaveLength(13);
  expect(spansIn(92)).toEqual(['2024-01-01', '2024-02-01', '2024-03-01', '2024-04-01']);
});
