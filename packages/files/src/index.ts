export { type AboutLine, type AskedRows, aboutFile, type FileComparison } from './about.ts';
export { ALL_COLUMNS, type Column, type ColumnKind } from './columns.ts';
export * from './formats.ts';
export * from './table.ts';
export { LISTED_COURSES } from './tables/listed-courses.ts';
export { summaryTable } from './tables/summary.ts';
export { userActivityTable } from './tables/user-activity.ts';
export { withoutFormulas } from './without-formulas.ts';
