import { nearestName, wrongField } from '@etl/core';
import { narrowed, type Scope } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';
import { type CategoryTree, readTree, subtree, type TreeCategory } from './category-tree.ts';

/** The query field that names a category. Errors begin with it. */
export type CategoryField = 'category' | 'parent';

/**
 * The scope without everything outside a category, which is given by its id or idnumber. Throws INVALID_REQUEST if
 * the reader can see no such category. The error is the same whether it exists or not.
 */
export async function scopeWithin(
  snapshot: Warehouse,
  scope: Scope,
  asked: string | undefined,
  field: CategoryField = 'category',
): Promise<Scope> {
  if (asked === undefined) return scope;
  const tree = await readTree(snapshot, scope);
  return narrowed(
    scope,
    subtree(tree, categoriesNamed(tree, asked, field)).map(({ id }) => id),
  );
}

/**
 * The visible categories with that idnumber. If none has it, the one with that id. Throws INVALID_REQUEST if there is
 * none.
 */
export function categoriesNamed(
  { visible }: CategoryTree,
  asked: string,
  field: CategoryField,
): TreeCategory[] {
  // In Moodle a category without an idnumber may have an empty one: it names no category.
  const named = asked === '' ? [] : visible.filter(({ idnumber }) => idnumber === asked);
  const found = named.length > 0 ? named : visible.filter(({ id }) => String(id) === asked);
  if (found.length > 0) return found;
  const why = `${JSON.stringify(asked)} is no category that you can read. ${suggestionFor(asked, visible)}`;
  throw wrongField(field, why);
}

/** Names only visible categories. A caller who writes a category's name learns its idnumber or id. */
function suggestionFor(asked: string, visible: readonly TreeCategory[]): string {
  const known = new Map<string, TreeCategory>();
  for (const category of visible) known.set(category.name, category);
  for (const category of visible) if (category.idnumber) known.set(category.idnumber, category);
  const nearest = known.get(nearestName(asked, [...known.keys()]) ?? '');
  if (!nearest) return 'Give its id or idnumber.';
  return `Did you mean ${nearest.idnumber || nearest.id} (${nearest.name})?`;
}
