import type { MoodleId } from '../tables.ts';
import { type CategoryTree, pathIds, type TreeCategory } from './category-tree.ts';

/** Where the rows of a category count: in one child of the parents, or in a parent itself. */
export interface Place {
  key: string;
  /** Undefined for categories that are gone. */
  category: TreeCategory | undefined;
  isParent: boolean;
  hasChildren: boolean;
  /** The order of places: parents, then children by their ids, then what is gone. */
  rank: number;
}

/** Those categories of a list that are below no other of it. */
export function rootsOf(categories: readonly TreeCategory[]): TreeCategory[] {
  const paths = new Set(categories.map(({ path }) => path));
  return categories.filter(({ path }) => !ancestorsOf(path).some((ancestor) => paths.has(ancestor)));
}

/** The paths above a path. */
function ancestorsOf(path: string): string[] {
  const ids = path.split('/').slice(1, -1);
  return ids.map((_, level) => `/${ids.slice(0, level + 1).join('/')}`);
}

/** The place of each category below the parents; without parents, below the root. `empty`: the children. */
export function childPlaces(
  tree: CategoryTree,
  parents: readonly TreeCategory[],
): { placeOf(category: MoodleId): Place; empty: Place[] } {
  const parentIds = new Set(parents.map(({ id }) => String(id)));
  const withChildren = new Set(tree.visible.map(({ path }) => path.split('/').at(-2) ?? ''));
  const isChild = ({ path }: TreeCategory) => {
    const above = path.split('/').at(-2) ?? '';
    return parents.length === 0 ? above === '' : parentIds.has(above);
  };
  const empty = tree.visible.filter(isChild).map((category, index) => ({
    key: String(category.id),
    category,
    isParent: false,
    hasChildren: withChildren.has(String(category.id)),
    rank: parents.length + index,
  }));
  const byKey = new Map<string, Place>(empty.map((place) => [place.key, place]));
  for (const [index, category] of parents.entries()) {
    const key = `in ${category.id}`;
    byKey.set(key, { key, category, isParent: true, hasChildren: false, rank: index });
  }
  const gone: Place = {
    key: 'gone',
    category: undefined,
    isParent: false,
    hasChildren: false,
    rank: Number.POSITIVE_INFINITY,
  };
  return {
    placeOf: (category) => {
      const ids = pathIds(tree, category);
      const at = parents.length === 0 ? -1 : ids.findIndex((id) => parentIds.has(id));
      const child = ids[at + 1];
      return byKey.get(child ?? `in ${ids[at]}`) ?? gone;
    },
    empty,
  };
}
