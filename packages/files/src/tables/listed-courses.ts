import { type ListedCourse, METRICS, WEEKS } from '@etl/warehouse';
import { columnsNamed } from '../columns.ts';
import type { Table } from '../table.ts';

const weekName = (week: number) => `weekly_${week + 1}`;

/** A list of courses. The columns are the fields of the JSON; `weekly_1` is the oldest week. */
export const LISTED_COURSES: Table<ListedCourse> = {
  columns: columnsNamed([
    ...['moodle_course_id', 'course_id', 'id_number', 'course_name', 'course_shortname'],
    ...['category_id', 'category_idnumber', 'category_name'],
    ...METRICS,
    ...['change', 'last_active'],
    ...Array.from({ length: WEEKS }, (_, week) => weekName(week)),
  ]),
  cellsOf: ({ category, weekly, ...own }) => ({
    ...own,
    category_id: category?.id ?? null,
    category_idnumber: category?.idnumber ?? null,
    category_name: category?.name ?? null,
    ...Object.fromEntries(weekly.map((views, week) => [weekName(week), views])),
  }),
};
