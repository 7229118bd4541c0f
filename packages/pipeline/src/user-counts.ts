import {
  type CourseContext,
  countCourseContexts,
  courseContextsAfter,
  headsByContext,
  onSourceSnapshot,
} from '@etl/moodle';
import { replaceUserCounts, type UserCounts } from '@etl/warehouse';
import type { BatchFunction } from './batch.ts';
import { pages } from './pages.ts';

/** The students and teachers of each course, as they are now. Progress is in courses. */
export const userCounts: BatchFunction = async ({ day }, context) => {
  const { signal, settings } = context;
  const rows: UserCounts[] = [];
  const courses = await onSourceSnapshot(context.source, async (source) => {
    const heads = new Map(
      (await headsByContext(source, settings.roles, signal)).map((context) => [context.contextid, context]),
    );
    const total = await countCourseContexts(source, signal);
    let done = 0;
    await context.progress(done, total);
    for await (const page of pages(
      (last: CourseContext | undefined) =>
        courseContextsAfter(source, last?.courseid ?? -1, settings.batchSize, signal),
      settings.batchSize,
    )) {
      for (const { contextid, courseid } of page) {
        const counted = heads.get(contextid);
        if (!counted) continue;
        rows.push({ courseid, num_students: counted.num_students, num_teachers: counted.num_teachers });
      }
      done += page.length;
      await context.progress(done, total);
    }
    return total;
  });
  return {
    numrow: courses,
    findings: {
      rows: {
        read: courses,
        counted: rows.length,
        left_out: { without_role_assignments: courses - rows.length },
      },
      loaded: rows.length,
    },
    load: (trx) => replaceUserCounts(trx, day.date, rows, settings.batchSize),
  };
};
