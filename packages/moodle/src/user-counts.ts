import { sql } from 'kysely';
import { findIndex } from './indexes.ts';
import { type MoodleId, oneOf, read, type Source, table } from './source.ts';

/** The enrolment counts of a context. */
export interface ContextEnrolments {
  contextid: MoodleId;
  num_students: number;
  num_teachers: number;
}

export interface RoleIds {
  students: readonly number[];
  teachers: readonly number[];
}

/**
 * Counts students and teachers in every context with role assignments. A user with several assignments counts once,
 * and a user with both roles counts as both. The index on (userid, contextid, roleid) answers it alone; without that
 * index, the table does.
 */
export async function enrolmentsByContext(
  source: Source,
  roles: RoleIds,
  signal: AbortSignal,
): Promise<ContextEnrolments[]> {
  const covering = await findIndex(source, 'role_assignments', ['userid', 'contextid', 'roleid'], signal);
  const index = covering === undefined ? sql`` : sql`FORCE INDEX (${sql.ref(covering)})`;
  return read(
    source,
    sql<ContextEnrolments>`
      SELECT
        contextid,
        COUNT(DISTINCT CASE WHEN roleid ${oneOf(roles.students)} THEN userid END) AS num_students,
        COUNT(DISTINCT CASE WHEN roleid ${oneOf(roles.teachers)} THEN userid END) AS num_teachers
      FROM ${table(source, 'role_assignments')} ${index}
      GROUP BY contextid
      ORDER BY NULL`,
    signal,
  );
}
