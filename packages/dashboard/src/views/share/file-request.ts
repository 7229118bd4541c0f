import { PREFIX } from '../../api/paths.ts';
import type { Comparison } from '../../api/types.ts';
import type { Listing } from '../explore/listing.ts';
import type { RowsRequest } from './programs/request.ts';

/** What can be taken: the list of Explore, sums by a grouping of `summary`, or the rows of a date by `export`. */
export const TAKEN = ['listed', 'day', 'course', 'unit', 'directorate', 'rows'] as const;
export type Taken = (typeof TAKEN)[number];

/** The formats of files, as the gateway calls them. The first one is taken unless the address names another. */
export const FILE_FORMATS = ['csv', 'xlsx', 'parquet'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** The most days of a file. */
const MOST_DAYS = { listed: 1100, rows: Number.POSITIVE_INFINITY };
const MOST_DAYS_OF_SUMS = 366;

export interface FileRequest {
  of: Taken;
  /** Default: CSV. */
  format?: FileFormat;
  from: string;
  to: string;
  category?: string | undefined;
  /** Of the listed courses. */
  listing: Listing & { compare?: Comparison };
}

export function mostDays(of: Taken): number {
  return of === 'listed' || of === 'rows' ? MOST_DAYS[of] : MOST_DAYS_OF_SUMS;
}

/** The call that answers the rows, what it is asked for, the most rows of a page, and what asks for the next page. */
function callOf({ of, from, to, category, listing }: FileRequest) {
  if (of === 'rows')
    return { call: 'export', query: given({ date: to }), limit: '10000', next: 'cursor' } as const;
  if (of === 'listed') {
    const query = given({ from, to, category, ...listing });
    return { call: 'courses', query, limit: '500', next: 'cursor' } as const;
  }
  const query = given({ from, to, group_by: of, category });
  return { call: 'summary', query, limit: '10000', next: 'offset' } as const;
}

/** The address of the file below the origin, and the name that the gateway gives it. */
export function fileOf(request: FileRequest): { path: string; name: string } {
  const { of, format = 'csv', from, to } = request;
  const { call, query } = callOf(request);
  const path = (more: Record<string, string>) =>
    `${PREFIX}/${call}?${new URLSearchParams({ ...query, ...more })}`;
  if (of === 'rows') return { path: path({ format, limit: 'all' }), name: `user_activity_${to}.${format}` };
  const name = of === 'listed' ? 'courses' : `summary_${of}`;
  return { path: path({ format }), name: `${name}_${from}_${to}.${format}` };
}

/** The same rows for programs. */
export function rowsRequestOf(request: FileRequest, origin: string): RowsRequest {
  const { call, query, limit, next } = callOf(request);
  const { path, name } = fileOf(request);
  return {
    address: `${origin}${PREFIX}/${call}`,
    query: { ...query, limit },
    next,
    file: { address: origin + path, name },
  };
}

const given = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])));
