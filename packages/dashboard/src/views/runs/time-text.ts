import type { Me } from '../../api/types.ts';
import type { Formats } from '../../words/formats.ts';

/** Fri 16 Jan 02:00 WIB */
export function timeText(time: string, { time_zone }: Pick<Me, 'time_zone'>, formats: Formats): string {
  const date = time.slice(0, 10);
  return `${formats.shortDate(date)} ${formats.clock(time)} ${formats.zone(time_zone, date)}`;
}
