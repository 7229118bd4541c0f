import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The first call of every view. */
const ME = '</api/user_activity_etl/me>; rel=preload; as=fetch; crossorigin';

/**
 * Returns the `Link` header of a view's page, by the view's address below `/app`. The browser then asks for the first
 * call and the view's own scripts while it still loads the first script. `preloads.json` of the build lists them.
 */
export function preloadsIn(folder: string): (below: string) => string {
  const file = path.join(folder, 'preloads.json');
  const scripts: Record<string, string[]> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return (below) => {
    const [view = ''] = below.split('/').filter(Boolean);
    const own = Object.hasOwn(scripts, view) ? (scripts[view] ?? []) : [];
    return [ME, ...own.map((script) => `<${script}>; rel=modulepreload`)].join(', ');
  };
}
