import type { AboutLine } from './about.ts';
import { csvOf } from './csv.ts';
import { parquetOf } from './parquet.ts';
import type { Pages, Table } from './table.ts';
import { xlsxOf } from './xlsx/xlsx.ts';

/** The formats of tables. Each is the ending of its files. */
export const FILE_FORMATS = ['csv', 'xlsx', 'parquet'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Everything that a file is made of. */
export interface FileContent<Row> {
  table: Table<Row>;
  pages: Pages<Row>;
  about: readonly AboutLine[];
}

export const CONTENT_TYPES: Record<FileFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  parquet: 'application/vnd.apache.parquet',
};

/**
 * The parts of a file, made while they are read. The first one comes after the first page of rows, so that an error
 * before it sends nothing. A file whose parts failed later cannot be opened, except CSV.
 */
export function fileParts<Row>(
  format: FileFormat,
  { table, pages, about }: FileContent<Row>,
): AsyncGenerator<string | Uint8Array> {
  switch (format) {
    case 'csv':
      return csvOf(table, pages);
    case 'xlsx':
      return xlsxOf(table, pages, about);
    case 'parquet':
      return parquetOf(table, pages, about);
  }
}
