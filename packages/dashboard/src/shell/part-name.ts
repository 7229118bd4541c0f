import type { CategoryChild } from '../api/types.ts';
import type { Words } from '../words/en.ts';

/** The name of a part of a category. */
export function partName(part: CategoryChild, { explore }: Words): string {
  if (part.id === null) return explore.gone;
  const name = part.name ?? '';
  return part.is_parent ? explore.own(name) : name;
}
