import { VIEW_COLUMNS } from '@etl/core';
import { sql } from 'kysely';
import { columnsOf, DATE_COLUMNS, joinCategory, joinDate, PLACE_COLUMNS } from './fragments.ts';
import type { View } from './view.ts';

/** One row for each course and date: the merged rows, as an administrator reads them. */
export const COURSE_DAY: View = {
  name: 'v_course_day',
  columns: {
    extraction_date: sql`activity.extraction_date`,
    ...DATE_COLUMNS,
    ...columnsOf('activity', [
      'moodle_course_id',
      'course_id',
      'id_number',
      'course_name',
      'course_shortname',
      'category_id',
      'category_path',
    ]),
    category_name: sql`category.name`,
    ...PLACE_COLUMNS,
    ...columnsOf('activity', [
      'num_teachers',
      'num_students',
      ...VIEW_COLUMNS,
      'total_views',
      'avg_activity_per_student_per_day',
      'active_days',
    ]),
  },
  from: sql`user_activity_etl AS activity ${joinDate('activity')} ${joinCategory('activity')}`,
};
