import { expect, it } from 'vitest';
import { fileOf, TAKEN } from '../src/views/share/file-request.ts';
import { flatTable } from '../src/views/share/flat-table.ts';

const LISTING = { filter: 'all', sort: 'total_views', order: 'desc' } as const;
const RANGE = { from: '2024-01-08', to: '2024-01-15', listing: LISTING };

it('sums are a summary of the range and the category, and rows an export of the last date', () => {
  expect(fileOf({ of: 'course', ...RANGE, category: 'F 1&2' })).toEqual({
    path: '/api/user_activity_etl/summary?from=2024-01-08&to=2024-01-15&group_by=course&category=F+1%262&format=csv',
    name: 'summary_course_2024-01-08_2024-01-15.csv',
  });
  expect(fileOf({ of: 'rows', ...RANGE, category: undefined })).toEqual({
    path: '/api/user_activity_etl/export?date=2024-01-15&format=csv&limit=all',
    name: 'user_activity_2024-01-15.csv',
  });
});

it.each(['xlsx', 'parquet'] as const)('a file in %s is the same request in another format', (format) => {
  for (const of of TAKEN) {
    const [csv, other] = [fileOf({ of, ...RANGE }), fileOf({ of, format, ...RANGE })];
    expect(other.path).toBe(csv.path.replace('format=csv', `format=${format}`));
    expect(other.name).toBe(csv.name.replace('.csv', `.${format}`));
  }
});

it('the courses of Explore keep its search, filter, order and comparison', () => {
  const listing = { q: 'a & b', filter: 'falling', sort: 'change', order: 'asc', compare: 'year' } as const;
  expect(fileOf({ of: 'listed', ...RANGE, category: 'FTI', listing })).toEqual({
    path: '/api/user_activity_etl/courses?from=2024-01-08&to=2024-01-15&category=FTI&q=a+%26+b&filter=falling&sort=change&order=asc&compare=year&format=csv',
    name: 'courses_2024-01-08_2024-01-15.csv',
  });
});

it('columns are those of the file: parts of a category and of a list have its name before them', () => {
  const rows = [
    { unit: null, total_views: 5, weekly: [7, null] },
    { unit: { id: 2, name: 'Law' }, total_views: null, weekly: [8, 9] },
  ];
  expect(flatTable(rows)).toEqual({
    columns: [
      { name: 'unit_id', isNumber: true },
      { name: 'unit_name', isNumber: false },
      { name: 'total_views', isNumber: true },
      { name: 'weekly_1', isNumber: true },
      { name: 'weekly_2', isNumber: true },
    ],
    rows: [
      ['', '', '5', '7', ''],
      ['2', 'Law', '', '8', '9'],
    ],
  });
});
