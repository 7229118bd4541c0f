import type { RestatementReason } from '@etl/core';
import type { Selectable } from 'kysely';
import type { RestatementCoursesTable } from '../restatement-tables.ts';
import { hasPlace, type Scope } from '../scope.ts';

/** Where a restated course was and is. */
export type RestatedPlaces = Pick<
  Selectable<RestatementCoursesTable>,
  'old_category' | 'new_category' | 'old_is_small' | 'new_is_small'
>;

/** Which of a restated course's rows a reader sees: a row of another scope is as one that is not there. */
export function rowsSeen(scope: Scope, places: RestatedPlaces): { old: boolean; new: boolean } {
  const { old_category, new_category, old_is_small, new_is_small } = places;
  return {
    old: old_category !== null && hasPlace(scope, { category: old_category, isSmall: old_is_small === 1 }),
    new: new_category !== null && hasPlace(scope, { category: new_category, isSmall: new_is_small === 1 }),
  };
}

/**
 * Why a listed course changed. For a reader of one of its two places, a moved course came or went: other reasons
 * would say whether the figures that the reader cannot see were the same.
 */
export function reasonsSeen(
  scope: Scope,
  { why, ...places }: RestatedPlaces & Pick<RestatementCoursesTable, 'why'>,
): RestatementReason[] {
  const seen = rowsSeen(scope, places);
  const isHidden = (places.old_category !== null && !seen.old) || (places.new_category !== null && !seen.new);
  return isHidden ? ['course_changed'] : reasonsIn(why);
}

/** The reasons in a stored text. */
export function reasonsIn(why: string): RestatementReason[] {
  return why.split(',') as RestatementReason[];
}
