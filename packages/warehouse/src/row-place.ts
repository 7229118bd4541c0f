import { type SqlBool, sql } from 'kysely';
import type { MoodleId } from './tables.ts';

/** Where a row is: scopes are made of places. */
export interface RowPlace {
  category: MoodleId;
  /** It has fewer students than small groups are withheld below. */
  isSmall: boolean;
}

/** Tells places apart. */
export function keyOfPlace({ category, isSmall }: RowPlace): string {
  return isSmall ? `${category} small` : String(category);
}

/** Whether a row with so many students is small. `below`: 0 for none. */
export function isSmall(students: number | null, below: number): boolean {
  return (students ?? 0) < below;
}

/** The same of a merged row, in a statement. */
export function isSmallRow(below: number) {
  return sql<SqlBool>`COALESCE(num_students, 0) < ${sql.lit(below)}`;
}
