import type { Selectable } from 'kysely';
import type { Scope } from '../scope.ts';
import type { CourseCategoriesTable, MoodleId } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';

export type TreeCategory = Selectable<CourseCategoriesTable>;

/** Moodle's category tree at the last merge. Ids are compared as text: they may be greater than 2^53. */
export interface CategoryTree {
  byId: ReadonlyMap<string, TreeCategory>;
  /** The categories that the reader may see, in the order of their ids. */
  visible: readonly TreeCategory[];
}

/** Reads the whole tree. Names of categories above the reader's are no secret: its rows name their path. */
export async function readTree(snapshot: Warehouse, scope: Scope): Promise<CategoryTree> {
  const all = await snapshot.selectFrom('course_categories_etl').selectAll().orderBy('id').execute();
  const allowed = scope === 'everything' ? undefined : new Set(scope.categories.map(String));
  return {
    byId: new Map(all.map((category) => [String(category.id), category])),
    visible: allowed ? all.filter(({ id }) => allowed.has(String(id))) : all,
  };
}

/** The ids on a category's path, from the top down to the category itself. Empty for a category that is gone. */
export function pathIds({ byId }: CategoryTree, category: MoodleId): string[] {
  return byId.get(String(category))?.path.split('/').slice(1) ?? [];
}

/** The visible categories at these roots and below them. */
export function subtree({ visible }: CategoryTree, roots: readonly TreeCategory[]): TreeCategory[] {
  return visible.filter(({ path }) =>
    roots.some((root) => path === root.path || path.startsWith(`${root.path}/`)),
  );
}

/** A category as answers show it. */
export interface ShownCategory {
  id: MoodleId;
  idnumber: string | null;
  name: string;
}

/** Null for a category that is gone. */
export function presentCategory({ byId }: CategoryTree, category: MoodleId): ShownCategory | null {
  const found = byId.get(String(category));
  return found ? { id: found.id, idnumber: found.idnumber, name: found.name } : null;
}

/** The categories from the top down to one. Empty for a category that is gone. */
export function shownPath(tree: CategoryTree, category: MoodleId): ShownCategory[] {
  return pathIds(tree, category).flatMap((id) => presentCategory(tree, id) ?? []);
}
