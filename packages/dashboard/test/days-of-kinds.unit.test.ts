import { expect, it } from 'vitest';
import { daysOfKinds } from '../src/views/explore/days-of-kinds.ts';
import { en } from '../src/words/en.ts';

const kinds = Object.keys(en.figures.kinds);
const all = (views: number | null) => Object.fromEntries(kinds.map((kind) => [kind, views]));

it('a date without a row has no views, a missing date has none that are known, and a purged one is named', () => {
  const days = daysOfKinds(
    {
      from: '2024-01-01',
      to: '2024-01-04',
      data: [
        { extraction_date: '2024-01-01', ...all(3) },
        { extraction_date: '2024-01-04', ...all(1) },
      ],
      missing_dates: ['2024-01-02'],
    },
    [
      { extraction_date: '2024-01-01', state: 'purged' },
      { extraction_date: '2024-01-02', state: 'missing' },
      { extraction_date: '2024-01-04', state: 'provisional' },
    ],
    en,
  );
  expect(days).toEqual([
    { extraction_date: '2024-01-01', state: 'purged', views: all(3) },
    { extraction_date: '2024-01-02', state: 'missing', views: all(null) },
    { extraction_date: '2024-01-03', state: 'final', views: all(0) },
    { extraction_date: '2024-01-04', state: 'provisional', views: all(1) },
  ]);
});
