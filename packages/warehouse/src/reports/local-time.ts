import { clockTime } from '@etl/core';

/** A time of the warehouse (UTC, as text) in a time zone, or null. */
export function localTime(utc: string, timeZone: string): string;
export function localTime(utc: string | null | undefined, timeZone: string): string | null;
export function localTime(utc: string | null | undefined, timeZone: string): string | null {
  return utc ? clockTime(new Date(`${utc.replace(' ', 'T')}Z`), timeZone) : null;
}
