import type { Cell } from '@etl/warehouse';
import { expect, it } from 'vitest';
import { cellText } from '../src/cell-text.ts';

const cell: Cell = {
  extraction_date: '2024-01-15',
  moodle_course_id: '42',
  id_number: '',
  course_name: 'Logic',
  course_shortname: 'L',
  metric: 'avg_activity_per_student_per_day',
  value: 2.5,
  definition: 'Views for each student and active day',
  day: {
    from: '2024-01-15 00:00:00',
    to: '2024-01-15 23:59:59',
    time_zone: 'UTC',
    first_second: 1_705_276_800,
    last_second: 1_705_363_199,
  },
  formula: null,
  sources: [],
  not_counted: null,
  roles: null,
  run: { run_id: 'second', trigger_type: 'api', completed_at: '2024-01-16 02:00:00', requested_by: null },
  user_counts_as_of: null,
  state: 'final',
  provisional: false,
  settings_differ: false,
  history: [
    { value: null, run_id: 'first', completed_at: '2024-01-16 01:00:00', why: ['enrolments_changed'] },
  ],
  history_complete: true,
};

it('a former average without a value is not printed as a missing row', () => {
  expect(cellText(cell)).toMatch(/Before: +no value until it was replaced \(enrolments_changed\)/);
});
