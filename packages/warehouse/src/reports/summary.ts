import { datesBetween } from '@etl/core';
import { madeWithOtherSettings, storedSettings } from '../figure-settings.ts';
import type { BatchDetails } from '../log-scheduler/details.ts';
import { newestMerges } from '../log-scheduler/newest-merges.ts';
import type { Scope } from '../scope.ts';
import { onSnapshot, type Warehouse } from '../warehouse.ts';
import { scopeWithin } from './category-asked.ts';
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

export interface Summary {
  groups: SummaryGroup[];
  hasNext: boolean;
  totals: RolledUp;
  /** Dates of the range whose merge never completed: the figures contain nothing of them. */
  missingDates: string[];
  /** Dates that were extracted before their day had ended. */
  provisionalDates: string[];
  /** Dates whose figures were made with other settings than the stored ones. */
  settingsDifferDates: string[];
  /** Courses of the range with rows that are withheld from the reader. */
  withheldCourses: number;
}

/**
 * Sums up daily rows. Every figure is calculated from the rows, and none from other averages. Reads everything on
 * one snapshot, also the scope (`scopeAt`). Throws INVALID_REQUEST if the reader can see no such category. When `signal` aborts, the server ends the statement that runs.
 */
export async function summarize(
  warehouse: Warehouse,
  scopeAt: (snapshot: Warehouse) => Promise<Scope>,
  { from, to, groupBy, category, ...wanted }: SummaryRequest,
  signal?: AbortSignal,
): Promise<Summary> {
  return onSnapshot(warehouse, async (snapshot) => {
    const scope = await scopeWithin(snapshot, await scopeAt(snapshot), category);
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
  });
}

/** The dates of the range that need a remark. */
async function extractedDates(
  snapshot: Warehouse,
  from: string,
  to: string,
): Promise<Pick<Summary, 'missingDates' | 'provisionalDates' | 'settingsDifferDates'>> {
  const newest = await newestMerges(snapshot, from, to);
  const stored = await storedSettings(snapshot);
  const datesOf = (isSuch: (details: BatchDetails) => boolean) =>
    [...newest].filter(([, { details }]) => isSuch(details)).map(([date]) => date);
  return {
    missingDates: datesBetween(from, to).filter((date) => !newest.has(date)),
    provisionalDates: datesOf(({ provisional }) => provisional ?? false),
    settingsDifferDates: datesOf((details) => madeWithOtherSettings(details, stored)),
  };
}
