import type { EtlError } from '@etl/core';

/** Endings of a batch that more is made of than a text for people: who wrote `error_details` and who reads it meet here. */

const CANCELLED = 'Cancelled by ';
const PURGED = 'SOURCE_PURGED';

export function cancelledBy(name: string): string {
  return CANCELLED + name;
}

/** Somebody cancelled the run. */
export function saysCancelled(errorDetails: string | null): boolean {
  return errorDetails?.startsWith(CANCELLED) ?? false;
}

export function purged({ message }: EtlError): string {
  return `${PURGED}: ${message}`;
}

/** The source has fewer log rows of the day than were once read. */
export function saysPurged(errorDetails: string | null): boolean {
  return errorDetails?.startsWith(PURGED) ?? false;
}
