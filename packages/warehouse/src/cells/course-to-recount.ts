import { EtlError } from '@etl/core';
import type { Scope } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';
import { type CourseOnDate, courseOnDate } from './course-on-date.ts';

/**
 * A course on a date, to be counted in Moodle again. Throws NOT_FOUND as `courseOnDate` does. Throws INVALID_REQUEST for
 * figures of the PHP system: they have no ids of courses, and the time zone of their day is not known.
 */
export async function courseToRecount(
  snapshot: Warehouse,
  scope: Scope,
  date: string,
  course: string,
): Promise<CourseOnDate> {
  const found = await courseOnDate(snapshot, scope, date, course);
  if (!found.merge.details.adopted) return found;
  throw new EtlError('INVALID_REQUEST', `${date} cannot be recounted: its figures are of the PHP system`, {
    details: { date: 'has figures of the PHP system' },
  });
}
