import type { RestatementReason } from '@etl/core';
import type { RestatementCoursesTable } from '../restatement-tables.ts';
import { hasCategory, type Scope } from '../scope.ts';
import type { MoodleId } from '../tables.ts';

/**
 * Why a listed course changed. For a reader of one of its two categories, a moved course came or went: other reasons
 * would say whether the figures that the reader cannot see were the same.
 */
export function reasonsSeen(
  scope: Scope,
  { why, old_category, new_category }: Pick<RestatementCoursesTable, 'why' | 'old_category' | 'new_category'>,
): RestatementReason[] {
  const isHidden = (category: MoodleId | null) => category !== null && !hasCategory(scope, category);
  return isHidden(old_category) || isHidden(new_category) ? ['course_changed'] : reasonsIn(why);
}

/** The reasons in a stored text. */
export function reasonsIn(why: string): RestatementReason[] {
  return why.split(',') as RestatementReason[];
}
