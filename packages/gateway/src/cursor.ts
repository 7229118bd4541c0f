import { EtlError } from '@etl/core';
import { z } from 'zod';

/**
 * The place behind the last row of a page, as text that says nothing to whoever gets it: `next_cursor` of one answer is `cursor` of the
 * next request. Unlike an offset it stays right while rows come and go. `of`: what is paged through, such as a date's rows.
 */
export function cursorBehind(id: number, of: string): string {
  return Buffer.from(`${of} ${id}`).toString('base64url');
}

/** The id behind which a page begins. Throws INVALID_REQUEST where the cursor is none, or one of something else. */
export function idOfCursor(
  { cursor, offset }: { cursor?: string | undefined; offset: number },
  of: string,
): number | undefined {
  if (cursor === undefined) return undefined;
  if (offset !== 0) throw refused('takes the place of offset: only one of them');
  const text = Buffer.from(cursor, 'base64url').toString();
  const id = text.startsWith(`${of} `) ? text.slice(of.length + 1) : '';
  if (!/^\d{1,15}$/.test(id)) throw refused(`must be the next_cursor of another answer about ${of}`);
  return Number(id);
}

function refused(why: string): EtlError {
  return new EtlError('INVALID_REQUEST', `cursor: ${why}`, { details: { cursor: why } });
}

/** In a query. */
export const cursorInput = z
  .string()
  .optional()
  .meta({ description: '`next_cursor` of the page before, in place of `offset`' });

/** In an answer. */
export const cursorOutput = z
  .string()
  .nullable()
  .meta({ description: '`cursor` of the next page; null where there is none' });
