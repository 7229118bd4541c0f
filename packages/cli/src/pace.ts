import type { LogSchedulerRow } from '@etl/warehouse';

/** Before that a rate says more about the start than about the batch, and about clocks that differ. */
const TELLING_SECONDS = 0.5;

/** How fast a batch goes, and how long it still takes if it goes on so; nothing as long as that cannot be said. */
export function paceOf(
  { offset, numrow, started_at: startedAt }: Pick<LogSchedulerRow, 'offset' | 'numrow' | 'started_at'>,
  now: Date,
): string {
  if (startedAt === null || offset === 0) return '';
  const seconds = (now.getTime() - Date.parse(`${startedAt.replace(' ', 'T')}Z`)) / 1000;
  if (seconds < TELLING_SECONDS) return '';
  const rate = offset / seconds;
  const left = Math.ceil((numrow - offset) / rate);
  return `${Math.round(rate).toLocaleString('en')} rows/s, ${left} s left`;
}
