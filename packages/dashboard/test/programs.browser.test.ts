import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROGRAMS } from '../src/views/share/programs/programs.ts';
import { openSignedIn, openSite, type Site } from './browser.ts';
import { keyboardOf } from './keyboard.ts';
import { ALL_PROGRAMS, HOSTILE, programOf, RANGE } from './programs-request.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

const SHOWN = {
  of: 'listed',
  filter: 'falling',
  sort: 'change',
  order: 'asc',
  q: HOSTILE,
  category: 'FTI',
} as const;
const ADDRESS = `/app/share?${new URLSearchParams({ ...RANGE, ...SHOWN, compare: 'none' })}`;
const { of, category, ...listing } = SHOWN;

it('Share copies the program of what it shows, by the keyboard alone', async () => {
  const { page, complaints } = await openSignedIn(site, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await page.goto(ADDRESS);
  const keyboard = keyboardOf(page);
  const panel = page.getByRole('region', { name: 'The same request from a program' });
  for (const program of ALL_PROGRAMS) {
    const { name } = PROGRAMS[program];
    await keyboard.type(panel.getByRole('combobox', { name: 'Program' }), name);
    await keyboard.activate(panel.getByRole('button', { name: `Copy for ${name}` }));
    await panel.getByRole('status').getByText('Copied.').waitFor();
    const text = programOf(program, { of, category, listing, ...RANGE }, site.url);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
    expect(await panel.locator('pre').textContent()).toBe(text);
  }
  // The address keeps the choice.
  await page.reload();
  await panel.getByRole('button', { name: 'Copy for Power Query (M)' }).waitFor();
  expect(complaints).toEqual([]);
});

it('in Indonesian, Share says what each program needs', async () => {
  const { page } = await openSignedIn(site, { locale: 'id-ID' });
  await page.goto(ADDRESS);
  const panel = page.getByRole('region', { name: 'Permintaan yang sama dari program' });
  const needs = new Set<string | null>();
  for (const program of ALL_PROGRAMS) {
    await panel.getByRole('combobox', { name: 'Program' }).selectOption(program);
    await panel.getByRole('button', { name: `Salin untuk ${PROGRAMS[program].name}` }).waitFor();
    needs.add(await panel.getByText(/^Untuk .*TOKEN/).textContent());
  }
  expect(needs.size).toBe(ALL_PROGRAMS.length);
});
