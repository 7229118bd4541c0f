import { COMPARISONS } from '@etl/warehouse';
import { z } from 'zod';
import { comparedWithheldCourses, count, LocalDate, withheldCourses } from './answers.ts';

/** The fields of answers about a range, and about the range that it is compared with. */
export const RANGE_FIELDS = {
  from: LocalDate,
  to: LocalDate,
  compare: z.enum(COMPARISONS).nullable().meta({ description: 'null: `change` compares with nothing' }),
  compared_from: LocalDate.nullable(),
  compared_to: LocalDate.nullable(),
  missing_dates: z.array(LocalDate).meta({ description: 'Dates without a completed merge' }),
  compared_missing_dates: z.array(LocalDate),
  withheld_courses: withheldCourses,
  compared_withheld_courses: comparedWithheldCourses,
};

export const RANGE_EXAMPLE = {
  from: '2024-01-08',
  to: '2024-01-14',
  compare: 'previous',
  compared_from: '2024-01-01',
  compared_to: '2024-01-07',
  missing_dates: [],
  compared_missing_dates: [],
  withheld_courses: 0,
  compared_withheld_courses: 0,
};

export const change = z.number().nullable().meta({
  description:
    '(total_views - those of the compared range) / those, to 4 places. null if nothing is compared, if the compared range has no views, or if the ranges miss different dates. Also null because of withheld rows: of a course if it has some in either range, of a category if all its rows of the range are withheld.',
});

/** Of a course or a category with all below it. */
export const weekly = z.array(count.nullable()).length(12).meta({
  description:
    'Views in each of the 12 weeks of 7 days that end at `to`, oldest first; null if nothing of the week was extracted, or all its rows are withheld',
});

export const WEEKLY_EXAMPLE = [null, null, 3120, 4100, 3900, 4250, 4300, 4010, 3700, 1200, 4343, 3800];

export { rangeFields } from '@etl/warehouse';
