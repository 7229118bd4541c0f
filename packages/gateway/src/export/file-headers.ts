import { CONTENT_TYPES, type FileFormat } from '@etl/files';
import { z } from 'zod';

/** The headers of a file that browsers save under this name. */
export function fileHeaders(name: string, format: FileFormat): Record<string, string> {
  return {
    'content-type': CONTENT_TYPES[format],
    'content-disposition': `attachment; filename="${name}.${format}"`,
  };
}

const binary = { schema: z.string().meta({ format: 'binary' }) };

/** The files of an answer in the OpenAPI document, by content type. */
export function documentedFiles(csvExample: string) {
  return {
    'text/csv': { schema: z.string().meta({ examples: [csvExample] }) },
    [CONTENT_TYPES.xlsx]: binary,
    [CONTENT_TYPES.parquet]: binary,
  };
}
