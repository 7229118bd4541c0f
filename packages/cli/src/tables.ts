import { stripVTControlCharacters } from 'node:util';
import { statusInWords } from '@etl/core';
import type { LogSchedulerRow, StatusReport } from '@etl/warehouse';
import { colouredStatus } from './colours.ts';

/**
 * A table for people and for `awk`: each column is as wide as its widest value, no value is empty, and only values of
 * the last column contain blanks.
 */
export function table(headings: string[], rows: string[][]): string {
  const cells = [headings, ...rows].map((row) => row.map((text) => text.replaceAll('\n', ' ') || '-'));
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => stripVTControlCharacters(row[column] ?? '').length)),
  );
  const padded = (text: string, column: number) =>
    text + ' '.repeat((widths[column] ?? 0) - stripVTControlCharacters(text).length);
  return cells.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}

/** A time without a blank. */
const time = (text: string | null) => text?.replace(' ', 'T') ?? '-';

/** Marks of a date's figures. */
function marks({ provisional, settings_differ }: StatusReport): string {
  const found = [provisional && 'provisional', settings_differ && 'made with other settings'].filter(Boolean);
  return found.length === 0 ? '' : ` (${found.join(', ')})`;
}

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
    ['batch', 'status', 'rows', 'started', 'finished', 'error'],
    Object.entries(report.batches).map(([name, batch]) => [
      name,
      colouredStatus(batch.status),
      `${batch.offset}/${batch.numrow}`,
      time(batch.started_at),
      time(batch.finished_at),
      batch.error_details ?? '',
    ]),
  );
  return `${facts.join('\n')}\n\n${batches}`;
}

/** Rows of `log_scheduler` as a table. */
export function schedulerTable(rows: readonly LogSchedulerRow[]): string {
  return table(
    ['id', 'date', 'batch', 'status', 'rows', 'trigger', 'by', 'attempt', 'run', 'error'],
    rows.map((row) => [
      String(row.id),
      row.extraction_date,
      row.batch_name,
      colouredStatus(statusInWords(row.status)),
      `${row.offset}/${row.numrow}`,
      row.trigger_type,
      row.requested_by.replaceAll(' ', '_'),
      String(row.attempt),
      row.run_id,
      row.error_details ?? '',
    ]),
  );
}
