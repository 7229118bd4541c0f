import { createHash } from 'node:crypto';
import { wrongField } from '@etl/core';
import { z } from 'zod';

/**
 * The position after a row, as opaque text: `next_cursor` of one answer is `cursor` of the next request. Cursor
 * paging never skips a row that still exists. `of` names the list, such as the rows of a date.
 */
export function cursorAfter(id: number, of: string): string {
  return Buffer.from(`${of} ${id}`).toString('base64url');
}

/** The id after which a page begins. Throws INVALID_REQUEST if the cursor is invalid or belongs to another list. */
export function idOfCursor(
  { cursor, offset }: { cursor?: string | undefined; offset: number },
  of: string,
): number | undefined {
  if (cursor === undefined) return undefined;
  if (offset !== 0) throw wrongField('cursor', 'takes the place of offset: only one of them');
  const text = Buffer.from(cursor, 'base64url').toString();
  const id = text.startsWith(`${of} `) ? text.slice(of.length + 1) : '';
  if (!/^\d{1,15}$/.test(id))
    throw wrongField('cursor', `must be the next_cursor of another answer about ${of}`);
  return Number(id);
}

const Place = z.strictObject({
  key: z.union([z.string(), z.number(), z.null()]),
  id: z.union([z.int().positive(), z.string().regex(/^[1-9]\d{0,18}$/)]),
});
type Place = z.infer<typeof Place>;

/**
 * The place after the last course of a page, as opaque text. `list` says which list it belongs to: the resolved query.
 * It contains a digest of both, so that a cursor of another list is rejected. The digest is no signature: a place says
 * only where a page begins.
 */
export function placeCursor(place: Place, list: string): string {
  const text = JSON.stringify(place);
  const digest = createHash('sha256')
    .update(JSON.stringify([list, text]))
    .digest('base64url');
  return Buffer.from(`${digest} ${text}`).toString('base64url');
}

/** The place in a cursor. Throws INVALID_REQUEST if the cursor is invalid or belongs to another list. */
export function placeOfCursor(cursor: string | undefined, list: string): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, text = ''] = /^\S+ (.*)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  try {
    const { success, data } = Place.safeParse(JSON.parse(text));
    if (success && placeCursor(data, list) === cursor) return data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw wrongField('cursor', 'must be the next_cursor of an answer to the same query, about the same dates');
}

/** The query field. */
export const cursorInput = z
  .string()
  .optional()
  .meta({ description: '`next_cursor` of the previous page, instead of `offset`' });

/** The answer field. */
export const cursorOutput = z
  .string()
  .nullable()
  .meta({ description: '`cursor` of the next page; null on the last page' });
