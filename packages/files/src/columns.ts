import { VIEW_KINDS } from '@etl/core';
import { WEEKS } from '@etl/warehouse';

/** What the values of a column are. `text` is written by people; `whole` has ids, too. */
export type ColumnKind = 'text' | 'whole' | 'decimal' | 'date' | 'time';

/** A column of files, in every format. */
export interface Column {
  name: string;
  kind: ColumnKind;
  /** What the figure is, in the words of docs/figures.md. */
  about: string;
}

const people = (role: string) =>
  `People with a role of ${role} in the course itself, each once. Over several courses the sum, so that a person in two courses counts twice. Over several dates those of each course's newest row.`;

const category = (which: string, of: string): [string, ColumnKind, string][] => [
  [`${which}_id`, 'whole', `Moodle's id of ${of}.`],
  [`${which}_idnumber`, 'text', `The idnumber of ${of}.`],
  [`${which}_name`, 'text', `The name of ${of}.`],
];

const COLUMNS: readonly [string, ColumnKind, string][] = [
  ['id', 'whole', 'The number of the row in the warehouse.'],
  ['moodle_course_id', 'whole', "Moodle's id of the course. Empty if the row is of the PHP system."],
  ['course_id', 'text', "The idnumber of the course's category. Courses of a category share it."],
  ['id_number', 'text', 'The idnumber of the course.'],
  ['course_name', 'text', 'The full name of the course at its newest merge.'],
  ['course_shortname', 'text', 'The short name of the course at its newest merge.'],
  ['courses', 'whole', 'Courses that have a row.'],
  ['num_students', 'whole', people('students')],
  ['num_teachers', 'whole', people('teachers')],
  ...VIEW_KINDS.map(({ column, component, label }): [string, ColumnKind, string] => [
    column,
    'whole',
    `${label}: views of activities of the kind ${component}. Views of everyone count.`,
  ]),
  ['total_views', 'whole', 'The sum of the views by kind.'],
  [
    'avg_activity_per_student_per_day',
    'decimal',
    'total_views / num_students / active_days, rounded to two places. Empty if there are no students or no active days.',
  ],
  ['active_days', 'whole', 'Different days with a view of any activity. Of one course and day: 1 or 0.'],
  ['active_days_span', 'whole', 'Days from the first active day to the last, both included.'],
  ['extraction_date', 'date', 'The day whose log rows were counted.'],
  ['created_at', 'time', 'When the row was first written.'],
  ['updated_at', 'time', 'When the row was last changed.'],
  ...category('category', "the course's category"),
  ['category_path', 'text', 'The ids of the categories from the top down to that of the course.'],
  ...category('directorate', 'the category at the top of the tree'),
  ...category('unit', 'the category right below the top'),
  [
    'change',
    'decimal',
    '(total_views - compared) / compared, rounded to four places. Empty if the ranges cannot be compared.',
  ],
  ['last_active', 'date', 'The last date with activity.'],
  ...Array.from({ length: WEEKS }, (_, week): [string, ColumnKind, string] => [
    `weekly_${week + 1}`,
    'whole',
    `total_views in one of the ${WEEKS} weeks that end at the last date, oldest first. Empty if nothing was extracted, or all rows are withheld.`,
  ]),
];

const BY_NAME = new Map(COLUMNS.map(([name, kind, about]) => [name, { name, kind, about }]));

/** The columns with these names. */
export function columnsNamed(names: readonly string[]): Column[] {
  return names.map((name) => {
    const column = BY_NAME.get(name);
    if (column === undefined) throw new Error(`The column ${name} has no definition in columns.ts`);
    return column;
  });
}

/** The definitions of all columns, for the documentation. */
export const ALL_COLUMNS: readonly Column[] = [...BY_NAME.values()];
