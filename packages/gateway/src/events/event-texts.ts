import { SCHEDULER_STATUS, statusInWords } from '@etl/core';
import { localTime, parseDetails, progressOf, type RecentRow } from '@etl/warehouse';
import { runEventForViewers } from '../authentication/for-viewers.ts';
import { type DayEvent, eventText, type RunEvent } from '../contract/event-answers.ts';
import { type Change, endsDate } from './changes.ts';

/** The events of a look, as text for each kind of caller. */
export interface EventTexts {
  administrator: string;
  viewer: string;
}

/** Writes the events of changes. `replacing`: the ids of merges that replaced earlier figures. */
export function eventTexts(
  changes: readonly Change[],
  replacing: ReadonlySet<number>,
  timeZone: string,
): EventTexts {
  const days = changes
    .filter(endsDate)
    .map(({ row }) => eventText('day', dayEvent(row, replacing.has(row.id), timeZone)));
  const forAll = changes.map(({ row }) => eventText('run', runEvent(row)));
  const forViewers = changes
    .filter(isVisibleToViewers)
    .map(({ row }) => eventText('run', runEventForViewers(runEvent(row))));
  return { administrator: [...forAll, ...days].join(''), viewer: [...forViewers, ...days].join('') };
}

/** A viewer must not learn from the number of its events how many rows the institution has. */
function isVisibleToViewers({ row, former, isStep }: Change): boolean {
  return isStep || former === undefined || progressOf(former) !== progressOf(row);
}

function runEvent(row: RecentRow): RunEvent {
  return {
    run_id: row.run_id,
    extraction_date: row.extraction_date,
    trigger_type: row.trigger_type,
    batch_name: row.batch_name,
    status: statusInWords(row.status),
    progress: progressOf(row),
    offset: row.offset,
    numrow: row.numrow,
    error_details: row.error_details,
  };
}

function dayEvent(row: RecentRow, isReplacing: boolean, timeZone: string): DayEvent {
  const hasFailed = row.status === SCHEDULER_STATUS.failed;
  return {
    extraction_date: row.extraction_date,
    state: hasFailed ? 'failed' : isReplacing ? 'replaced' : 'completed',
    run_id: row.run_id,
    trigger_type: row.trigger_type,
    provisional: hasFailed ? null : (parseDetails(row.details).provisional ?? false),
    finished_at: localTime(row.finished_at, timeZone),
  };
}
