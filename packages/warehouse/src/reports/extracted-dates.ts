import { datesBetween } from '@etl/core';
import { madeWithOtherSettings, storedSettings } from '../figure-settings.ts';
import type { BatchDetails } from '../log-scheduler/details.ts';
import { newestMerges } from '../log-scheduler/newest-merges.ts';
import type { Warehouse } from '../warehouse.ts';

/** What is to know about the dates of a range. */
export interface ExtractedDates {
  /** Dates without a completed merge. Only another program can leave rows of them. The figures contain those. */
  missingDates: string[];
  /** Dates that were extracted before their day had ended. */
  provisionalDates: string[];
  /** Dates whose figures were made with other settings than the stored ones. */
  settingsDifferDates: string[];
  /** When the newest merge of the range completed, in UTC. Null if none has. */
  mergedAt: string | null;
}

/** The dates of the range that need a remark. */
export async function extractedDates(snapshot: Warehouse, from: string, to: string): Promise<ExtractedDates> {
  const newest = await newestMerges(snapshot, from, to);
  const stored = await storedSettings(snapshot);
  const datesOf = (isSuch: (details: BatchDetails) => boolean) =>
    [...newest].filter(([, { details }]) => isSuch(details)).map(([date]) => date);
  return {
    missingDates: datesBetween(from, to).filter((date) => !newest.has(date)),
    provisionalDates: datesOf(({ provisional }) => provisional ?? false),
    settingsDifferDates: datesOf((details) => madeWithOtherSettings(details, stored)),
    mergedAt:
      [...newest.values()]
        .map(({ finishedAt }) => finishedAt)
        .toSorted()
        .at(-1) ?? null,
  };
}
