import { FIGURES, type Grouping, type SummaryGroup } from '@etl/warehouse';
import { columnsNamed } from '../columns.ts';
import type { Cell, Cells, Table } from '../table.ts';

const columnsOf = (category: 'directorate' | 'unit') =>
  ['id', 'idnumber', 'name'].map((field) => `${category}_${field}`);

/** What names a group, before its figures. */
const NAMES: Record<Grouping, readonly string[]> = {
  course: ['moodle_course_id', 'course_id', 'id_number', 'course_name', 'course_shortname'],
  unit: [...columnsOf('directorate'), ...columnsOf('unit')],
  directorate: columnsOf('directorate'),
  day: ['extraction_date'],
};

/** The groups of a summary. The columns are the fields of the JSON; those of a category have its name before them. */
export function summaryTable(groupBy: Grouping): Table<SummaryGroup> {
  return { columns: columnsNamed([...NAMES[groupBy], ...FIGURES]), cellsOf: flat };
}

/** The group with the fields of its categories beside its own. */
function flat(group: SummaryGroup): Cells {
  const cells: Record<string, Cell> = {};
  for (const [name, value] of Object.entries(group)) {
    if (typeof value !== 'object' || value === null) cells[name] = value;
    else for (const [field, own] of Object.entries<Cell>(value)) cells[`${name}_${field}`] = own;
  }
  return cells;
}
