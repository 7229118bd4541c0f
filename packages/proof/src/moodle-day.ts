import { setTimeout as sleep } from 'node:timers/promises';
import { type Day, VIEW_COLUMNS } from '@etl/core';
import {
  countLogRows,
  type DocumentedCounts,
  type DocumentedCourse,
  type DocumentedEnrolments,
  documentedCounts,
  documentedCoursesAfter,
  documentedEnrolments,
  type MoodleId,
  onSourceSnapshot,
  type RoleIds,
  type Source,
  type Span,
} from '@etl/moodle';

/** Ten times as many log rows, in an hour before an exam, still take a fraction of a second. */
const PAGE_SIZES: PageSizes = { logRows: 20_000, courses: 500 };

/** Called after each page, and awaited. `pages` is the number of pages of the log. */
export type OnPage = (pages: number) => unknown;

export interface SlowReader {
  source: Source;
  signal: AbortSignal;
  pageSizes?: PageSizes | undefined;
}

/** Log rows of a page, on average, and courses of a page. */
export interface PageSizes {
  logRows: number;
  courses: number;
}

/** How many log rows the day has. */
export async function logRowsOf({ source, signal }: SlowReader, day: Day): Promise<number> {
  return onSourceSnapshot(source, signal, (page) => countLogRows(page, spanOf(day), signal));
}

/** The views of each course on the day, by the documented SQL. It reads the log page after page. */
export async function moodleCounts(
  reader: SlowReader,
  day: Day,
  logRows: number,
  onPage: OnPage,
): Promise<Map<MoodleId, DocumentedCounts>> {
  const counts = new Map<MoodleId, DocumentedCounts>();
  const pages = pagesOf(spanOf(day), Math.ceil(logRows / (reader.pageSizes ?? PAGE_SIZES).logRows));
  for (const page of pages) {
    for (const found of await slowly(reader, (source) => documentedCounts(source, page, reader.signal))) {
      const before = counts.get(found.courseid);
      counts.set(found.courseid, before ? together(before, found) : found);
    }
    await onPage(pages.length);
  }
  return counts;
}

/** All courses as they are now, with the enrolment counts of now. */
export async function moodleCourses(
  reader: SlowReader,
  roles: RoleIds,
): Promise<{ courses: DocumentedCourse[]; enrolments: Map<MoodleId, DocumentedEnrolments> }> {
  const size = (reader.pageSizes ?? PAGE_SIZES).courses;
  const courses: DocumentedCourse[] = [];
  const enrolments = new Map<MoodleId, DocumentedEnrolments>();
  for (let after: MoodleId = -1; ; ) {
    const page = await slowly(reader, async (source) => {
      const found = await documentedCoursesAfter(source, after, size, reader.signal);
      const [first, last] = [found[0]?.moodle_course_id, found.at(-1)?.moodle_course_id];
      if (first === undefined || last === undefined) return { found, counted: [] };
      return { found, counted: await documentedEnrolments(source, roles, { first, last }, reader.signal) };
    });
    courses.push(...page.found);
    for (const counted of page.counted) enrolments.set(counted.courseid, counted);
    if (page.found.length < size) return { courses, enrolments };
    after = page.found.at(-1)?.moodle_course_id ?? after;
  }
}

/**
 * Reads a page on a snapshot of its own, which waits for low source load and for a slot. Then it rests for as long as
 * the page took: a proof takes half of one slot at most, and runs go before it.
 */
async function slowly<T>({ source, signal }: SlowReader, readPage: (page: Source) => Promise<T>): Promise<T> {
  let took = 0;
  const page = await onSourceSnapshot(source, signal, async (snapshot) => {
    const began = performance.now();
    const found = await readPage(snapshot);
    took = performance.now() - began;
    return found;
  });
  await sleep(took, undefined, { signal });
  return page;
}

/** The seconds of a day. */
export function spanOf({ start, end }: Day): Span {
  return { from: start, to: end - 1 };
}

/** Cuts the span into so many pages, each of whole seconds. */
function pagesOf({ from, to }: Span, wanted: number): Span[] {
  const seconds = Math.ceil((to - from + 1) / Math.max(wanted, 1));
  const pages = [];
  for (let first = from; first <= to; first += seconds) {
    pages.push({ from: first, to: Math.min(first + seconds - 1, to) });
  }
  return pages;
}

function together(a: DocumentedCounts, b: DocumentedCounts): DocumentedCounts {
  const sums = VIEW_COLUMNS.map((column) => [column, a[column] + b[column]]);
  return {
    ...a,
    ...Object.fromEntries(sums),
    first_view: Math.min(a.first_view, b.first_view),
    last_view: Math.max(a.last_view, b.last_view),
  };
}
