import { USER_ACTIVITY_COLUMNS, type UserActivityRow, userActivityPresenter } from '@etl/warehouse';
import { columnsNamed } from '../columns.ts';
import type { Table } from '../table.ts';

const COLUMNS = columnsNamed(USER_ACTIVITY_COLUMNS);

/** The merged rows of courses. */
export function userActivityTable(timeZone: string): Table<UserActivityRow> {
  return { columns: COLUMNS, cellsOf: userActivityPresenter(timeZone) };
}
