import { type EtlStatus, statusInWords } from '@etl/core';
import type { LogSchedulerRow, StatusReport } from '@etl/warehouse';
import { colouredStatus } from './colours.ts';
import { SHORTEST_RUN_ID } from './run-ids.ts';
import { type Column, table } from './table.ts';

/** A time without a blank. */
const time = (text: string | null) => text?.replace(' ', 'T') ?? '-';

/** Marks of a date's figures. */
function marks({ provisional, settings_differ }: StatusReport): string {
  const found = [provisional && 'provisional', settings_differ && 'made with other settings'].filter(Boolean);
  return found.length === 0 ? '' : ` (${found.join(', ')})`;
}

const STATUS: Column = { heading: 'status', colour: (status) => colouredStatus(status as EtlStatus) };
const ERROR: Column = { heading: 'error', below: true };

const BATCHES: readonly Column[] = [
  { heading: 'batch' },
  STATUS,
  { heading: 'rows', leaveOut: 1 },
  // The end of a batch matters more than its beginning.
  { heading: 'started', leaveOut: 2 },
  { heading: 'finished' },
  ERROR,
];

/** The status as text. */
export function statusText(report: StatusReport): string {
  const facts = [
    `Status:              ${colouredStatus(report.etl_status)}`,
    `Date:                ${report.extraction_date ?? '-'}${marks(report)}`,
    `Run:                 ${report.run_id ?? '-'}`,
    `Last completed date: ${report.last_completed_date ?? '-'}`,
    `Next scheduled run:  ${report.next_run_at ?? '-'}`,
  ];
  const batches = table(
    BATCHES,
    Object.entries(report.batches).map(([name, batch]) => [
      name,
      batch.status,
      `${batch.offset}/${batch.numrow}`,
      time(batch.started_at),
      time(batch.finished_at),
      batch.error_details ?? '',
    ]),
  );
  return `${facts.join('\n')}\n\n${batches}`;
}

const SCHEDULER_ROWS: readonly Column[] = [
  { heading: 'id', leaveOut: 2 },
  { heading: 'date' },
  { heading: 'batch' },
  STATUS,
  { heading: 'rows', leaveOut: 1 },
  { heading: 'trigger', leaveOut: 4 },
  { heading: 'by', least: 8, leaveOut: 3 },
  { heading: 'attempt', leaveOut: 5 },
  // Cut, it still is an id that `cancel` and `retry` take.
  { heading: 'run', least: SHORTEST_RUN_ID + 1 },
  ERROR,
];

/** Rows of `log_scheduler` as a table. */
export function schedulerTable(rows: readonly LogSchedulerRow[]): string {
  return table(
    SCHEDULER_ROWS,
    rows.map((row) => [
      String(row.id),
      row.extraction_date,
      row.batch_name,
      statusInWords(row.status),
      `${row.offset}/${row.numrow}`,
      row.trigger_type,
      row.requested_by.replaceAll(' ', '_'),
      String(row.attempt),
      row.run_id,
      row.error_details ?? '',
    ]),
  );
}
