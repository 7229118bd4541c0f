import { type CsvColumns, csvOf, pagesOf } from './csv.ts';
import { FIGURES } from './roll-up.ts';
import type { Grouping } from './summary.ts';
import type { SummaryGroup } from './summary-groups.ts';

type Cells = Record<string, string | number | null>;

const COURSE_TEXTS = ['course_id', 'id_number', 'course_name', 'course_shortname'];

const columnsOf = (category: 'directorate' | 'unit') =>
  ['id', 'idnumber', 'name'].map((field) => `${category}_${field}`);
const textsOf = (category: 'directorate' | 'unit') => columnsOf(category).slice(1);

/** What names a group, before its figures. */
const NAMES: Record<Grouping, CsvColumns<Cells>> = {
  course: { columns: ['moodle_course_id', ...COURSE_TEXTS], texts: COURSE_TEXTS },
  unit: {
    columns: [...columnsOf('directorate'), ...columnsOf('unit')],
    texts: [...textsOf('directorate'), ...textsOf('unit')],
  },
  directorate: { columns: columnsOf('directorate'), texts: textsOf('directorate') },
  day: { columns: ['extraction_date'], texts: [] },
};

/** The groups of a summary as CSV. The columns are the fields of the JSON; those of a category have its name before them. */
export function summaryCsv(groups: readonly SummaryGroup[], groupBy: Grouping): AsyncGenerator<string> {
  const { columns, texts } = NAMES[groupBy];
  return csvOf({ columns: [...columns, ...FIGURES], texts }, pagesOf(groups), flat);
}

/** The group with the fields of its categories beside its own. */
function flat(group: SummaryGroup): Cells {
  const cells: Cells = {};
  for (const [name, value] of Object.entries(group)) {
    if (typeof value !== 'object' || value === null) cells[name] = value;
    else for (const [field, own] of Object.entries<Cells[string]>(value)) cells[`${name}_${field}`] = own;
  }
  return cells;
}
