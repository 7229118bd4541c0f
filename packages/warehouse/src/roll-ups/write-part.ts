import { CompiledQuery, sql } from 'kysely';
import type { CoursePart } from '../reports/course-part.ts';
import { VIEWS, type Views } from '../reports/read-range.ts';
import type { RowPlace } from '../row-place.ts';
import type { MoodleId, RollUpDaysTable, WarehouseTables } from '../tables.ts';
import type { WarehouseTransaction } from '../warehouse.ts';
import type { CategoryEnrolments } from './enrolments.ts';
import { madeWith } from './freshness.ts';
import { numberOf, partOf, type Span } from './spans.ts';

/** What a part holds. Which sums it has depends on its level. */
export interface PartRows {
  days?: readonly CategoryDay[];
  courses?: readonly CoursePart[];
  enrolments?: readonly CategoryEnrolments[];
}

/** The sums of a date's rows in one place. */
export interface CategoryDay extends RowPlace {
  courses: number;
  activeCourses: number;
  students: number;
  teachers: number;
  views: Views;
}

/**
 * Replaces a part and its rows. `merges`: the merges that the rows were made from, by `mergesOf`. `smallBelow`: below
 * how many students they are small. The first statement locks the part, so two writers of it follow each other.
 */
export async function writePart(
  trx: WarehouseTransaction,
  span: Span,
  { merges, smallBelow }: { merges: string; smallBelow: number },
  { days, courses, enrolments }: PartRows,
): Promise<void> {
  const part = partOf(span);
  await sql`
    INSERT INTO rollup_parts (part, first_date, last_date, merges, kinds)
    VALUES (${part}, ${span.from}, ${span.to}, ${merges}, ${madeWith(smallBelow)})
    ON DUPLICATE KEY UPDATE merges = VALUES(merges), kinds = VALUES(kinds)`.execute(trx);
  if (days) {
    await sql`DELETE FROM rollup_days WHERE extraction_date = ${span.from}`.execute(trx);
    await insertRows(trx, 'rollup_days', DAY_COLUMNS, days, (row) => [
      numberOf(span.from),
      row.category,
      Number(row.isSmall),
      row.courses,
      row.activeCourses,
      row.students,
      row.teachers,
      ...VIEWS.map((views) => row.views[views]),
    ]);
  }
  if (courses) {
    await sql`DELETE FROM rollup_courses WHERE part = ${part}`.execute(trx);
    await insertRows(trx, 'rollup_courses', COURSE_COLUMNS, courses, (row) => [
      part,
      row.course,
      row.category,
      Number(row.isSmall),
      numberOf(row.newest.date),
      row.newest.students,
      row.newest.teachers,
      ...VIEWS.map((views) => row.views[views]),
      row.activeDays,
      row.firstActive === null ? null : numberOf(row.firstActive),
      row.lastActive === null ? null : numberOf(row.lastActive),
    ]);
  }
  if (enrolments) {
    await sql`DELETE FROM rollup_enrolments WHERE part = ${part}`.execute(trx);
    await insertRows(trx, 'rollup_enrolments', ENROLMENT_COLUMNS, enrolments, (row) => [
      part,
      row.category,
      Number(row.isSmall),
      row.course,
      row.newestDate === null ? null : numberOf(row.newestDate),
      row.courses,
      row.students,
      row.teachers,
    ]);
  }
}

const DAY_COLUMNS = [
  'extraction_date',
  'category_id',
  'is_small',
  'courses',
  'active_courses',
  'num_students',
  'num_teachers',
  ...VIEWS,
] as const satisfies (keyof RollUpDaysTable)[];

const COURSE_COLUMNS = [
  'part',
  'moodle_course_id',
  'category_id',
  'is_small',
  'newest_date',
  'num_students',
  'num_teachers',
  ...VIEWS,
  'active_days',
  'first_active',
  'last_active',
] as const;

const ENROLMENT_COLUMNS = [
  'part',
  'category_id',
  'is_small',
  'moodle_course_id',
  'newest_date',
  'courses',
  'num_students',
  'num_teachers',
] as const;

/** A statement of this many rows is some 100 kB, and the server parses it in some milliseconds. */
const ROWS_PER_STATEMENT = 1000;

async function insertRows<Row>(
  trx: WarehouseTransaction,
  table: keyof WarehouseTables,
  columns: readonly string[],
  rows: readonly Row[],
  valuesOf: (row: Row) => (MoodleId | null)[],
): Promise<void> {
  for (let done = 0; done < rows.length; done += ROWS_PER_STATEMENT) {
    // All values are numbers: the query builder would make a node of each.
    const tuples = rows
      .slice(done, done + ROWS_PER_STATEMENT)
      .map((row) => `(${valuesOf(row).map(literal).join(',')})`);
    await trx.executeQuery(
      CompiledQuery.raw(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(',')}`),
    );
  }
}

/** An id beyond 2^53 is text. */
function literal(value: MoodleId | null): string {
  return value === null ? 'NULL' : String(BigInt(value));
}
