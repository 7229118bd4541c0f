import { type Scope, smallBelowFor } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';
import type { DateRange } from './asked-range.ts';
import { categoriesNamed, scopeWithin } from './category-asked.ts';
import { readTree } from './category-tree.ts';
import { type ExtractedDates, extractedDates } from './extracted-dates.ts';
import { type ScopeRoot, scopeRoots } from './scope-roots.ts';
import { withheldCourses } from './withheld-courses.ts';

/** What a file says about its figures. */
export interface FileFacts extends DateRange, ExtractedDates {
  /** The categories that the reader's scope begins at. Null for everything. */
  scope: ScopeRoot[] | null;
  /** The names of the asked category. Empty if none was asked. */
  within: string[];
  /** Courses of the range with rows that are withheld, because they have fewer students. Null if none ever is. */
  withheld: { courses: number; below: number } | null;
}

/** The facts about figures, on the snapshot from which they come. */
export async function fileFacts(
  snapshot: Warehouse,
  scope: Scope,
  { from, to, category }: DateRange & { category?: string | undefined },
): Promise<FileFacts> {
  const below = smallBelowFor(scope);
  const range = { snapshot, scope: await scopeWithin(snapshot, scope, category), from, to };
  const asked =
    category === undefined ? [] : categoriesNamed(await readTree(snapshot, scope), category, 'category');
  return {
    from,
    to,
    scope: await scopeRoots(snapshot, scope),
    within: asked.map(({ name }) => name),
    withheld: below === 0 ? null : { courses: await withheldCourses(range), below },
    ...(await extractedDates(snapshot, from, to)),
  };
}
