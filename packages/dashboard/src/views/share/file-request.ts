import { PREFIX } from '../../api/paths.ts';

/** What can be taken: sums by a grouping of `summary`, or the rows of a date by `export`. */
export const TAKEN = ['day', 'course', 'unit', 'directorate', 'rows'] as const;
export type Taken = (typeof TAKEN)[number];

/** The most days of a `summary`. */
export const MOST_DAYS = 366;

export interface FileRequest {
  of: Taken;
  from: string;
  to: string;
  category?: string | undefined;
}

/** The address of the file below the origin, and the name that the gateway gives it. */
export function fileOf({ of, from, to, category }: FileRequest): { path: string; name: string } {
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
