import { perReason } from '@etl/core';
import { type Gateway, mergeRows } from '../../gateway/test/support.ts';
import { COURSES, LAST, loadTerm, rowOf } from './term.ts';

/** The day after the term. Compilers was hidden when it was merged. */
export const NEWEST = '2024-02-26';
/** Two log rows of Algorithms arrived after this date was final. */
export const RESTATED = '2024-02-21';
/** The log of this date is purged. */
export const PURGED = '2024-02-20';
/** A run changed more courses of this date than are kept. */
export const TOO_MANY = '2024-02-19';
const HIDDEN = 103;

const counted = COURSES.filter(({ id }) => id !== HIDDEN)
  .map((one) => rowOf(one, NEWEST).total_views)
  .reduce((sum, views) => sum + views, 0);

export const LEDGER = {
  read: counted + 500,
  counted,
  left_out: { ...perReason(() => 0), not_an_activity_view: 470, other_module: 20, course_hidden: 10 },
};

/** A term whose newest date has a ledger and a course that is not counted, and that has a date that changed. */
export async function loadExplainedTerm(gateway: Gateway): Promise<void> {
  await loadTerm(gateway);
  await mergeRows(
    gateway,
    NEWEST,
    COURSES.filter(({ id }) => id !== HIDDEN).map((one) => rowOf(one, NEWEST)),
    {
      ledger: LEDGER,
      roles: { students: [5], teachers: [3, 4] },
      user_counts_as_of: '2024-02-26 19:00:01',
    },
  );
  await gateway.warehouse
    .insertInto('left_out_courses')
    .values({
      extraction_date: NEWEST,
      moodle_course_id: HIDDEN,
      reason: 'course_hidden',
      views: 10,
      category_id: 7,
      id_number: `C${HIDDEN}`,
      course_name: 'Compilers',
      course_shortname: 'COMP',
    })
    .execute();
  for (const date of [RESTATED, TOO_MANY]) await addLateRows(gateway, date);
  await gateway.warehouse
    .updateTable('restatements')
    .set({ courses: 10_001 })
    .where('extraction_date', '=', TOO_MANY)
    .execute();
  await gateway.warehouse
    .insertInto('log_scheduler')
    .values({
      run_id: 'purged',
      job_id: 'purged',
      batch_name: 'activity_counts',
      extraction_date: PURGED,
      limit_size: 1,
      status: 3,
      start_date: PURGED,
      end_date: PURGED,
      trigger_type: 'api',
      requested_by: 'test',
      details: '{"time_zone":"UTC"}',
      failure_code: 'SOURCE_PURGED',
    })
    .execute();
}

/** Two log rows of Algorithms arrive after the date is final. */
async function addLateRows(gateway: Gateway, date: string): Promise<void> {
  const rows = COURSES.map((one) => rowOf(one, date));
  await mergeRows(gateway, date, rows, { log_rows: 1000 });
  const late = rows.map((row) =>
    row.moodle_course_id === 101
      ? { ...row, url_views: row.url_views + 2, total_views: row.total_views + 2 }
      : row,
  );
  await mergeRows(gateway, date, late, { log_rows: 1002 });
}

export { LAST };
