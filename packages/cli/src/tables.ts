import { statusInWords } from '@etl/core';
import type { LogSchedulerRow, StatusReport } from '@etl/warehouse';

/** Lines of columns, each as wide as its widest value. */
function table(heads: string[], rows: string[][]): string {
  const widths = heads.map((head, column) =>
    Math.max(...[head, ...rows.map((row) => row[column] ?? '')].map((text) => text.length)),
  );
  const line = (row: string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(heads), ...rows.map(line)].join('\n');
}

/** A status for people. */
export function statusText(report: StatusReport): string {
  const facts = [
    `Status:              ${report.etl_status}`,
    `Date:                ${report.extraction_date ?? '-'}${report.provisional ? ' (provisional)' : ''}`,
    `Run:                 ${report.run_id ?? '-'}`,
    `Last completed date: ${report.last_completed_date ?? '-'}`,
    `Next scheduled run:  ${report.next_run_at ?? '-'}`,
  ];
  const batches = table(
    ['batch', 'status', 'rows', 'started', 'finished', 'error'],
    Object.entries(report.batches).map(([name, batch]) => [
      name,
      batch.status,
      `${batch.offset}/${batch.numrow}`,
      batch.started_at ?? '-',
      batch.finished_at ?? '-',
      batch.error_details ?? '',
    ]),
  );
  return `${facts.join('\n')}\n\n${batches}`;
}

/** Rows of `log_scheduler` for people. */
export function schedulerTable(rows: readonly LogSchedulerRow[]): string {
  return table(
    ['id', 'date', 'batch', 'status', 'rows', 'trigger', 'by', 'attempt', 'run', 'error'],
    rows.map((row) => [
      String(row.id),
      row.extraction_date,
      row.batch_name,
      statusInWords(row.status),
      `${row.offset}/${row.numrow}`,
      row.trigger_type,
      row.requested_by,
      String(row.attempt),
      row.run_id,
      row.error_details ?? '',
    ]),
  );
}
