import { CONTENT_TYPES, FILE_FORMATS } from '@etl/files';
import type { FastifyRequest } from 'fastify';
import { fileHeaders } from './file-headers.ts';

/** The formats of `export`. All but JSON are streams of any number of rows. */
export const EXPORT_FORMATS = ['json', 'ndjson', ...FILE_FORMATS] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const NDJSON = 'application/x-ndjson';

/** If the header accepts several alike, the first one is taken. */
const BY_TYPE = new Map<string, ExportFormat>([
  ['application/json', 'json'],
  ['text/csv', 'csv'],
  [NDJSON, 'ndjson'],
  [CONTENT_TYPES.xlsx, 'xlsx'],
  [CONTENT_TYPES.parquet, 'parquet'],
]);

/** The format of the `Accept` header. Browsers and curl accept anything, and get JSON. */
export function acceptedFormat(request: FastifyRequest): ExportFormat {
  return BY_TYPE.get(String(request.accepts().type([...BY_TYPE.keys()]))) ?? 'json';
}

/** The headers of a stream that browsers save under this name. */
export function headersOf(name: string, format: Exclude<ExportFormat, 'json'>): Record<string, string> {
  if (format !== 'ndjson') return fileHeaders(name, format);
  return {
    'content-type': `${NDJSON}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}.ndjson"`,
  };
}
