import type { Scope } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';
import { scopeWithin } from './category-asked.ts';
import { type ExtractedDates, extractedDates } from './extracted-dates.ts';
import type { ReadRange } from './read-range.ts';
import type { RolledUp } from './roll-up.ts';
import { byCategory, byCourse, byDay, type Groups, type SummaryGroup } from './summary-groups.ts';
import type { WantedGroups } from './summary-order.ts';
import { withheldCourses } from './withheld-courses.ts';

export const GROUPINGS = ['course', 'unit', 'directorate', 'day'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** The rows to sum up (of these dates, both included), and the page of groups. */
export interface SummaryRequest extends WantedGroups {
  from: string;
  to: string;
  groupBy: Grouping;
  /** The id or idnumber of a category: only its subtree is read. */
  category?: string | undefined;
}

export interface Summary extends ExtractedDates {
  groups: SummaryGroup[];
  hasNext: boolean;
  totals: RolledUp;
  /** Courses of the range with rows that are withheld from the reader. */
  withheldCourses: number;
}

/**
 * Sums up daily rows. Every figure is calculated from the rows, and none from other averages. Throws INVALID_REQUEST
 * if the reader can see no such category. When `signal` aborts, the server ends the statement that runs.
 */
export async function summarize(
  snapshot: Warehouse,
  readers: Scope,
  { from, to, groupBy, category, ...wanted }: SummaryRequest,
  signal?: AbortSignal,
): Promise<Summary> {
  const scope = await scopeWithin(snapshot, readers, category);
  const range: ReadRange = { snapshot, scope, from, to, signal };
  const groups = await (async (): Promise<Groups> => {
    switch (groupBy) {
      case 'course':
        return byCourse(range, wanted);
      case 'day':
        return byDay(range, wanted);
      default:
        return byCategory(range, groupBy, wanted);
    }
  })();
  return {
    groups: groups.shown,
    hasNext: groups.count > wanted.offset + wanted.limit,
    totals: groups.totals,
    ...(await extractedDates(snapshot, from, to)),
    withheldCourses: await withheldCourses(range),
  };
}
