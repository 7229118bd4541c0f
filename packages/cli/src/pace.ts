import type { LogSchedulerRow } from '@etl/warehouse';

/** A rate over a shorter time depends on the start of the batch and on clocks that differ. */
const SHORTEST_SECONDS = 0.5;

/** The rate of a batch and the time it still takes at that rate; an empty text while the rate is unknown. */
export function paceOf(
  { offset, numrow, started_at: startedAt }: Pick<LogSchedulerRow, 'offset' | 'numrow' | 'started_at'>,
  now: Date,
): string {
  if (startedAt === null || offset === 0) return '';
  const seconds = (now.getTime() - Date.parse(`${startedAt.replace(' ', 'T')}Z`)) / 1000;
  if (seconds < SHORTEST_SECONDS) return '';
  const rate = offset / seconds;
  const left = Math.ceil((numrow - offset) / rate);
  return `${Math.round(rate).toLocaleString('en')} rows/s, ${left} s left`;
}
