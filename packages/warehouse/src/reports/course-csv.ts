import type { ListedCourse } from './course-list.ts';
import { type CsvColumns, csvOf, pagesOf } from './csv.ts';
import { METRICS } from './series.ts';
import { WEEKS } from './weekly-views.ts';

type Cells = Record<string, string | number | null>;

const TEXTS = ['course_id', 'id_number', 'course_name', 'course_shortname'];
const CATEGORY_TEXTS = ['category_idnumber', 'category_name'];

const COURSES: CsvColumns<Cells> = {
  columns: [
    'moodle_course_id',
    ...TEXTS,
    'category_id',
    ...CATEGORY_TEXTS,
    ...METRICS,
    'change',
    'last_active',
    ...Array.from({ length: WEEKS }, (_, week) => `weekly_${week + 1}`),
  ],
  texts: [...TEXTS, ...CATEGORY_TEXTS],
};

/** A list of courses as CSV. The columns are the fields of the JSON; `weekly_1` is the oldest week. */
export function courseListCsv(courses: readonly ListedCourse[]): AsyncGenerator<string> {
  return csvOf(COURSES, pagesOf(courses), ({ category, weekly, ...own }) => ({
    ...own,
    category_id: category?.id ?? null,
    category_idnumber: category?.idnumber ?? null,
    category_name: category?.name ?? null,
    ...Object.fromEntries(weekly.map((views, week) => [`weekly_${week + 1}`, views])),
  }));
}
