import { sql } from 'kysely';
import { findIndex } from './indexes.ts';
import { type MoodleId, oneOf, read, type Source, table } from './source.ts';

/** The heads that hold a role in a context. */
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
 * Counts the users with a student's and with a teacher's role in every context that has any role assignment. A user counts
 * once in a context, however many assignments there are, and as both where they hold both. Answered from the index on
 * (userid, contextid, roleid) alone; where a Moodle has lost that index, from the table.
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
