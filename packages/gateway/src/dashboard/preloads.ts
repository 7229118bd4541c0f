import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { API_PREFIX } from '../api-prefix.ts';
import type { Caller } from '../authentication/caller.ts';
import { firstFigures } from './first-figures.ts';

const SIGN_IN = 'sign-in';

/**
 * Returns the `Link` header of a view's page, by the view's address below `/app` and its query. The browser then asks
 * for the first calls and the view's own scripts while it still loads the first script. `preloads.json` of the build
 * lists the scripts. Null if there is nothing to ask for.
 */
export function preloadsIn(
  folder: string,
): (below: string, query: string, role?: Caller['role']) => string | null {
  const file = path.join(folder, 'preloads.json');
  const scripts: Record<string, string[]> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return (below, query, role) => {
    const parts = below.split('/').filter(Boolean);
    const [view = ''] = parts;
    const own = Object.hasOwn(scripts, view) ? (scripts[view] ?? []) : [];
    const figures = firstFigures(parts, new URLSearchParams(query), role);
    const ofView = ['me', ...(figures === undefined ? [] : [figures])].map((call) => `${API_PREFIX}/${call}`);
    const calls = view === SIGN_IN ? ['/app/sign-in/ways'] : ofView;
    const links = [
      ...calls.map((call) => `<${call}>; rel=preload; as=fetch; crossorigin`),
      ...own.map((script) => `<${script}>; rel=modulepreload`),
    ];
    return links.length === 0 ? null : links.join(', ');
  };
}
