import { type RawBuilder, sql } from 'kysely';

/** The server's TO_DAYS('1970-01-01'). */
const DAYS_TO_1970 = 719_528;

/** More than any enrolment count. The greatest product with a day is a safe integer. */
const MOST = 2 ** 32;

/** Enrolment counts of the newest of some rows. */
export interface Newest {
  date: string;
  students: number;
  teachers: number;
}

export interface NewestColumns {
  newest_students: number | string;
  newest_teachers: number | string;
}

/**
 * Selects the enrolment counts of the newest row of a group: the greatest number made of date and count has them.
 * Numbers compare faster than texts.
 */
export function newestOfGroup(date: RawBuilder<unknown>): RawBuilder<unknown> {
  const greatest = (column: string) =>
    sql`MAX(TO_DAYS(${date}) * ${sql.lit(MOST)} + COALESCE(${sql.ref(column)}, 0)) AS ${sql.ref(`newest_${column.slice(4)}`)}`;
  return sql`${greatest('num_students')}, ${greatest('num_teachers')}`;
}

export function newestIn({ newest_students, newest_teachers }: NewestColumns): Newest {
  const [students, teachers] = [Number(newest_students), Number(newest_teachers)];
  return { date: dateOf(Math.floor(students / MOST)), students: students % MOST, teachers: teachers % MOST };
}

/** Dates by their number: a group of thousands has few different ones. */
const DATES = new Map<number, string>();

/** The date of a number of days as TO_DAYS counts them. */
export function dateOf(days: number): string {
  const known = DATES.get(days);
  if (known) return known;
  const date = new Date((days - DAYS_TO_1970) * 86_400_000).toISOString().slice(0, 10);
  DATES.set(days, date);
  return date;
}
