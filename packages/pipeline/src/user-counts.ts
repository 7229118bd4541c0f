import {
  type CourseContext,
  countCourseContexts,
  courseContextsAfter,
  enrolmentsByContext,
  onSourceSnapshot,
  type RoleIds,
} from '@etl/moodle';
import {
  databaseTime,
  type EnrolmentCounts,
  replaceUserCounts,
  reusableEnrolmentCounts,
  type UserCounts,
} from '@etl/warehouse';
import type { BatchContext, BatchFunction } from './batch.ts';
import { pages } from './pages.ts';

/** The current students and teachers of each course. Progress is in courses. */
export const userCounts: BatchFunction = async (input, context) => {
  const { settings, cache } = context;
  const roles = rolesOf(settings.roles);
  const others = await reusableEnrolmentCounts(context.warehouse, input.runId, roles, (completed) =>
    cache.users.of(completed),
  );
  const { courses, rows, asOf } = others ?? (await countEnrolments(context));
  return {
    numrow: courses,
    findings: {
      rows: {
        read: courses,
        counted: rows.length,
        left_out: { without_role_assignments: courses - rows.length },
      },
      loaded: rows.length,
      roles,
      user_counts_as_of: asOf,
    },
    load: (trx) => replaceUserCounts(trx, input.day.date, rows, settings.batchSize),
    committed: () => cache.users.keep(input, rows),
  };
};

/** The roles in ascending order, so that equal settings are recorded alike. */
function rolesOf({ students, teachers }: RoleIds): { students: number[]; teachers: number[] } {
  const inOrder = (ids: readonly number[]) => ids.toSorted((a, b) => a - b);
  return { students: inOrder(students), teachers: inOrder(teachers) };
}

async function countEnrolments({
  source,
  warehouse,
  signal,
  settings,
  progress,
}: BatchContext): Promise<EnrolmentCounts> {
  const rows: UserCounts[] = [];
  return onSourceSnapshot(source, signal, async (snapshot) => {
    // The snapshot begins with the first read, after all waiting. This time is just before it.
    const asOf = await databaseTime(warehouse);
    const enrolments = new Map(
      (await enrolmentsByContext(snapshot, settings.roles, signal)).map((context) => [
        context.contextid,
        context,
      ]),
    );
    const total = await countCourseContexts(snapshot, signal);
    let done = 0;
    await progress(done, total);
    for await (const page of pages(
      (last: CourseContext | undefined) =>
        courseContextsAfter(snapshot, last?.courseid ?? -1, settings.batchSize, signal),
      settings.batchSize,
    )) {
      for (const { contextid, courseid } of page) {
        const counted = enrolments.get(contextid);
        if (!counted) continue;
        rows.push({ courseid, num_students: counted.num_students, num_teachers: counted.num_teachers });
      }
      done += page.length;
      await progress(done, total);
    }
    return { courses: total, rows, asOf };
  });
}
