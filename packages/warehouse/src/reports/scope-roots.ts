import type { Scope } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';

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
  if (scope.categories.length === 0) return [];
  const categories = await snapshot
    .selectFrom('course_categories_etl')
    .select(['id', 'parent', 'idnumber', 'name', 'depth'])
    .where('id', 'in', scope.categories)
    .orderBy('depth')
    .orderBy('id')
    .execute();
  const inside = new Set(categories.map(({ id }) => String(id)));
  return categories
    .filter(({ parent }) => !inside.has(String(parent)))
    .map(({ id, idnumber, name, depth }) => ({ id, idnumber, name, level: depth }));
}
