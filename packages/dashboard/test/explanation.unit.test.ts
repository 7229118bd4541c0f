import { expect, it } from 'vitest';
import type { LedgerOfDate, Metric } from '../src/api/types.ts';
import { ledgerParts, ledgerTable } from '../src/charts/ledger/table.ts';
import { formulaText } from '../src/views/explain/formula.ts';
import { changesOf, sumsThatDiffer } from '../src/views/explain/restated.ts';
import { explain } from '../src/words/explain/en.ts';
import { ENGLISH } from './support.ts';

const LEDGER: LedgerOfDate = {
  extraction_date: '2024-01-15',
  state: 'recorded',
  read: 200,
  counted: 150,
  left_out: {
    not_an_activity_view: 40,
    no_course: 0,
    other_module: 4,
    course_deleted: 1,
    course_hidden: 2,
    without_category: 3,
    category_without_idnumber: 0,
  },
};

it('the table of a ledger has every reason, and its rows add up to those read', () => {
  const parts = ledgerParts(LEDGER, explain) ?? [];
  const { rows } = ledgerTable(parts, 200, { explain, formats: ENGLISH.formats });
  expect(rows[0]).toEqual(['Counted as views', '150', '75.0%']);
  expect(rows.at(-1)).toEqual(['All rows of the day', '200', '100.0%']);
  expect(rows).toHaveLength(9);
  const sum = rows.slice(0, -1).reduce((all, [, text]) => all + Number(text), 0);
  expect(sum).toBe(200);
});

it('a date that was counted before ledgers has no parts', () => {
  expect(ledgerParts({ ...LEDGER, read: null, counted: null, left_out: null }, explain)).toBeNull();
});

const formula = (metric: Metric, numbers: Record<string, number | null>, value: number | null) =>
  formulaText({ metric, value, formula: { expression: '', numbers, with_numbers: '' } }, explain, ENGLISH);

it('a formula names its numbers and the value', () => {
  const kinds = {
    file_views: 1,
    video_views: 2,
    forum_views: 3,
    quiz_views: 4,
    assignment_views: 5,
    url_views: 6,
  };
  expect(formula('total_views', kinds, 21)).toBe(
    'Files 1 + Videos 2 + Forums 3 + Quizzes 4 + Assignments 5 + Links 6 = 21',
  );
  expect(formula('quiz_views', { mod_quiz: 4 }, 4)).toBe('4 log rows of mod_quiz');
  expect(formula('num_students', { people: 1234 }, 1234)).toBe('1,234 different people');
});

it('a formula says if a number was not recorded, or if there is no value', () => {
  expect(formula('active_days', { total_views: 0, other_module: null }, 1)).toContain('not recorded');
  const numbers = { total_views: 5, num_students: 0, active_days: 1 };
  expect(formula('avg_activity_per_student_per_day', numbers, null)).toMatch(/ = No value$/);
});

it('a restatement shows the figures that differ, and no others', () => {
  const sums = {
    courses: 2,
    num_students: 9,
    num_teachers: 1,
    total_views: 10,
    file_views: 10,
    video_views: 0,
    forum_views: 0,
    quiz_views: 0,
    assignment_views: 0,
    url_views: 0,
  };
  expect(sumsThatDiffer({ old: sums, new: { ...sums, total_views: 12, num_students: 8 } })).toEqual([
    ['total_views', 10, 12],
    ['num_students', 9, 8],
  ]);
  const old = { total_views: 1000, course_name: 'Logic', avg_activity_per_student_per_day: 1.5 };
  expect(
    changesOf({ old, new: { ...old, total_views: 1001, course_name: null, category_path: '/2' } }, ENGLISH),
  ).toEqual([
    { column: 'total_views', old: '1,000', now: '1,001' },
    { column: 'course_name', old: 'Logic', now: '–' },
  ]);
});
