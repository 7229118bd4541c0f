import type { Scope } from '../scope.ts';
import { inOrderOfIds, type MoodleId } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import { rootsOf } from './category-places.ts';
import { readTree } from './category-tree.ts';

/** A category that a reader's scope begins at. */
export interface ScopeRoot {
  id: MoodleId;
  idnumber: string | null;
  name: string;
  /** 1 at the top of the tree. */
  level: number;
}

/** The categories of a scope whose parents are outside it, in the order of the tree. Null for everything. */
export async function scopeRoots(snapshot: Warehouse, scope: Scope): Promise<ScopeRoot[] | null> {
  if (scope === 'everything') return null;
  const { visible } = await readTree(snapshot, scope);
  return rootsOf(visible)
    .map(({ id, idnumber, name, depth }) => ({ id, idnumber, name, level: depth }))
    .toSorted((a, b) => a.level - b.level || inOrderOfIds(a.id, b.id));
}
