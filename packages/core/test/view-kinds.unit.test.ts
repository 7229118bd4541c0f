import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { VIEW_KINDS } from '../src/index.ts';

it('the documented kinds of views have their documented components', () => {
  expect(VIEW_KINDS.slice(0, 6).map(({ column, component }) => [column, component])).toEqual([
    ['file_views', 'mod_resource'],
    ['video_views', 'mod_page'],
    ['forum_views', 'mod_forum'],
    ['quiz_views', 'mod_quiz'],
    ['assignment_views', 'mod_assign'],
    ['url_views', 'mod_url'],
  ]);
});

it('the page about figures has a row for every kind of view', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/figures.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+_views)` +\| `(mod_\w+)` +\|/gm)];
  expect(rows.map(([, column, component]) => ({ column, component }))).toEqual(
    VIEW_KINDS.map(({ column, component }) => ({ column, component })),
  );
});
