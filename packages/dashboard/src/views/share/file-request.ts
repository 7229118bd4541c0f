import { PREFIX } from '../../api/paths.ts';
import type { Comparison } from '../../api/types.ts';
import type { Listing } from '../explore/listing.ts';

/** What can be taken: the list of Explore, sums by a grouping of `summary`, or the rows of a date by `export`. */
export const TAKEN = ['listed', 'day', 'course', 'unit', 'directorate', 'rows'] as const;
export type Taken = (typeof TAKEN)[number];

/** The most days of a file. */
const MOST_DAYS = { listed: 1100, rows: Number.POSITIVE_INFINITY };
const MOST_DAYS_OF_SUMS = 366;

export interface FileRequest {
  of: Taken;
  from: string;
  to: string;
  category?: string | undefined;
  /** Of the listed courses. */
  listing: Listing & { compare?: Comparison };
}

export function mostDays(of: Taken): number {
  return of === 'listed' || of === 'rows' ? MOST_DAYS[of] : MOST_DAYS_OF_SUMS;
}

/** The address of the file below the origin, and the name that the gateway gives it. */
export function fileOf({ of, from, to, category, listing }: FileRequest): { path: string; name: string } {
  const query = (values: Record<string, string | undefined>) =>
    new URLSearchParams(
      Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])),
    );
  if (of === 'rows') {
    return {
      path: `${PREFIX}/export?${query({ date: to, format: 'csv', limit: 'all' })}`,
      name: `user_activity_${to}.csv`,
    };
  }
  if (of === 'listed') {
    return {
      path: `${PREFIX}/courses?${query({ from, to, category, ...listing, format: 'csv' })}`,
      name: `courses_${from}_${to}.csv`,
    };
  }
  return {
    path: `${PREFIX}/summary?${query({ from, to, group_by: of, category, format: 'csv' })}`,
    name: `summary_${of}_${from}_${to}.csv`,
  };
}

/** Programs that make the same request. `URLSearchParams` has encoded quotes and dollar signs of the address. */
export function programsFor(url: string, file: string): Record<'curl' | 'Python' | 'PHP', string> {
  return {
    curl: `curl --fail --header "Authorization: Bearer $TOKEN" --output "${file}" \\
  "${url}"`,
    Python: `import os, shutil, urllib.request

request = urllib.request.Request(
    "${url}",
    headers={"Authorization": "Bearer " + os.environ["TOKEN"]},
)
with urllib.request.urlopen(request) as answer, open("${file}", "wb") as file:
    shutil.copyfileobj(answer, file)`,
    PHP: `<?php
$context = stream_context_create([
    'http' => ['header' => 'Authorization: Bearer ' . getenv('TOKEN')],
]);
copy('${url}', '${file}', $context);`,
  };
}
