import { sql } from 'kysely';
import { visibleUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { literalId } from './course-rows.ts';
import { type ReadRange, untilAborted } from './read-range.ts';

export interface CourseNames {
  course_id: string | null;
  id_number: string | null;
  course_name: string | null;
  course_shortname: string | null;
}

/** Whether a name, short name or idnumber of the course contains the text, in upper or lower case. */
export function matches(names: CourseNames | undefined, text: string): boolean {
  const wanted = plain(text);
  return [names?.course_name, names?.course_shortname, names?.id_number].some((name) =>
    plain(name ?? '').includes(wanted),
  );
}

/** One form for what people read as the same. */
function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** The row that names a course: names change. */
interface NamingRow {
  course: MoodleId;
  date: string;
}

/** Courses of a statement: to build a statement of thousands of pairs would block the event loop. */
const NAMES_PER_STATEMENT = 1000;

/** To read a whole date is faster than to find so many of its rows one by one. */
const MANY_OF_A_DATE = 200;

/** The names of courses on a date each, by course. Most courses share the newest date, which is read at once. */
export async function courseNames(
  range: ReadRange,
  rows: readonly NamingRow[],
): Promise<Map<MoodleId, CourseNames>> {
  const names = new Map<MoodleId, CourseNames>();
  const apart: NamingRow[] = [];
  for (const [date, ofDate] of Map.groupBy(rows, (row) => row.date)) {
    if (ofDate.length < MANY_OF_A_DATE) {
      apart.push(...ofDate);
      continue;
    }
    const wanted = new Set(ofDate.map(({ course }) => course));
    const found = await namingRows(range).where('extraction_date', '=', date).execute(untilAborted(range));
    for (const { course, ...own } of found) if (wanted.has(course)) names.set(course, own);
  }
  for (let from = 0; from < apart.length; from += NAMES_PER_STATEMENT) {
    const pairs = apart
      .slice(from, from + NAMES_PER_STATEMENT)
      .map(({ course, date }) => sql`(${literalId(course)}, ${date})`);
    const found = await namingRows(range)
      .where(sql<boolean>`(moodle_course_id, extraction_date) IN (${sql.join(pairs)})`)
      .execute(untilAborted(range));
    for (const { course, ...own } of found) names.set(course, own);
  }
  return names;
}

function namingRows({ snapshot, scope }: ReadRange) {
  return visibleUserActivity(snapshot, scope).select([
    'moodle_course_id as course',
    'course_id',
    'id_number',
    'course_name',
    'course_shortname',
  ]);
}
