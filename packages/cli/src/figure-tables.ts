import { VIEW_COLUMNS, type ViewCounts } from '@etl/core';
import type { Grouping, SummaryGroup, UserActivityRow } from '@etl/warehouse';
import { type Column, table } from './table.ts';

/** A column and its cells. */
export interface Field<Row> extends Column {
  cell: (row: Row) => string | number | null;
}

export function tableOf<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): string {
  return table(
    fields,
    rows.map((row) => fields.map(({ cell }) => String(cell(row) ?? ''))),
  );
}

interface Figures extends ViewCounts {
  num_students: number;
  num_teachers: number;
  total_views: number;
  avg_activity_per_student_per_day: number | string | null;
}

/** The figures of a course, or of several: then their students are enrolments, not people. */
function figures(students: 'students' | 'enrolments'): Field<Figures>[] {
  return [
    { heading: students, align: 'right', leaveOut: 1, cell: (row) => row.num_students },
    { heading: 'teachers', align: 'right', leaveOut: 3, cell: (row) => row.num_teachers },
    // All kinds or none: some of them would look like all.
    ...VIEW_COLUMNS.map(
      (column): Field<Figures> => ({
        heading: column.replace(/_views$/, ''),
        align: 'right',
        leaveOut: 4,
        cell: (row) => row[column],
      }),
    ),
    { heading: 'views', align: 'right', cell: (row) => row.total_views },
    { heading: 'average', align: 'right', leaveOut: 2, cell: averageOf },
  ];
}

/** DECIMAL of a row is text, an average of several rows a number. */
function averageOf({ avg_activity_per_student_per_day: average }: Figures): string | null {
  return average === null ? null : Number(average).toFixed(2);
}

/** The name of what a row is about: the last column, since names contain blanks. */
export function name<Row>(heading: string, cell: Field<Row>['cell']): Field<Row> {
  return { heading, least: 24, cell };
}

/** The merged rows of a date. */
export function resultsTable(rows: readonly UserActivityRow[]): string {
  const fields: Field<UserActivityRow>[] = [
    {
      heading: 'id',
      align: 'right',
      leaveOut: 1,
      // The PHP system did not store it.
      cell: ({ moodle_course_id: id }) => (Number(id) < 0 ? null : String(id)),
    },
    ...figures('students'),
    name('course', (row) => row.course_name),
  ];
  return tableOf(fields, rows);
}

/** The groups of a summary. */
export function summaryTable(groups: readonly SummaryGroup[], groupBy: Grouping): string {
  const fields: Field<SummaryGroup>[] = [
    ...(groupBy === 'day' ? [{ heading: 'date', cell: nameOfGroup }] : []),
    groupBy === 'course'
      ? { heading: 'id', align: 'right', leaveOut: 1, cell: idOfGroup }
      : { heading: 'courses', align: 'right', leaveOut: 2, cell: ({ courses }) => courses },
    ...figures(groupBy === 'course' ? 'students' : 'enrolments'),
    ...(groupBy === 'day'
      ? []
      : [{ heading: 'days', align: 'right', leaveOut: 3, cell: activeDays } as const]),
    ...(groupBy === 'day' ? [] : [name(groupBy, nameOfGroup)]),
  ];
  return tableOf(fields, groups);
}

function activeDays({ active_days }: SummaryGroup): number {
  return active_days;
}

function idOfGroup(group: SummaryGroup): string | null {
  return 'moodle_course_id' in group && group.moodle_course_id !== null
    ? String(group.moodle_course_id)
    : null;
}

function nameOfGroup(group: SummaryGroup): string | null {
  if ('extraction_date' in group) return group.extraction_date;
  if ('moodle_course_id' in group) return group.course_name;
  const directorate = group.directorate?.name ?? '-';
  return 'unit' in group ? `${directorate} / ${group.unit?.name ?? '-'}` : directorate;
}
