import { readFileSync } from 'node:fs';
import path from 'node:path';
import { VIEW_COLUMNS } from '@etl/core';
import { expect, it } from 'vitest';
import { ALL_COLUMNS } from '../src/columns.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../../docs/figures.md'), 'utf8');

const [, section = ''] = PAGE.split('\n## Columns of files\n');

/** The cells of the table's rows. */
const documented = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) =>
  row.split(' | ').map((cell) => cell.trim()),
);

/** Columns with the same definition share a row. The kinds of views have a table of their own. */
const defined = [
  ...Map.groupBy(
    ALL_COLUMNS.filter(({ name }) => !VIEW_COLUMNS.some((view) => view === name)),
    ({ about }) => about,
  ).values(),
].map((columns) => {
  const [first, last] = [columns[0], columns.at(-1)];
  const names = columns.length > 1 ? `\`${first?.name}\` to \`${last?.name}\`` : `\`${first?.name}\``;
  return [names, first?.kind, first?.about];
});

it('the page about figures defines each column of files in the same words', () => {
  expect(documented).toEqual(defined);
});
