import { datesBetween } from '@etl/core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Gateway, mergeRows } from '../../gateway/test/support.ts';
import { signed } from '../../gateway/test/tokens.ts';
import { formatsOf } from '../src/words/formats.ts';
import { isDrawn, openSignedIn, openSite, type Site, viewAs, violationsOn } from './browser.ts';
import { COURSES, LAST, loadTerm, rowOf } from './term.ts';

/** Compilers always has fewer students. Databases has fewer from this date on. */
const BELOW = 35;
const SHRUNK = '2024-02-20';
/** Hydraulics has fewer on this date alone. Only the range that is compared with has it. */
const ONCE = '2024-01-20';
/** The range that the views show by default. */
const FROM = '2024-01-29';

const formats = formatsOf('en-GB');
const TWO = '2 courses are not in these figures on days with fewer than 35 students.';
const NONE = TWO.replace('2', '0');
const RULE = 'Courses are not in these figures on days with fewer than 35 students.';
const DAYS = 'Days with fewer than 35 students are not in these figures.';
const ONE_COMPARED = 'Compared range: 1 course.';
const TWO_COMPARED = 'Compared range: 2 courses.';
const NOT_COMPARED = 'Courses with such days are not compared.';
const ANY_SENTENCE = /fewer than|kurang dari/;

let site: Site;
let viewer: string;

beforeAll(async () => {
  site = await openSite({
    env: { ETL_SUPPRESS_BELOW: String(BELOW) },
    load: async (gateway) => {
      await loadTerm(gateway);
      for (const date of datesBetween(SHRUNK, LAST)) await shrink(gateway, 102, date);
      await shrink(gateway, 105, ONCE);
    },
  });
});
beforeEach(async () => {
  viewer = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'FTI' });
});

afterAll(() => site?.close());

/** Merges a date anew, on which one course has 20 students. */
async function shrink(gateway: Gateway, id: number, date: string): Promise<void> {
  const rows = COURSES.map((one) => rowOf(one.id === id ? { ...one, students: 20 } : one, date));
  await mergeRows(gateway, date, rows);
}

async function open(page: Page, address: string): Promise<string> {
  await page.goto(address);
  await page.locator('h1').first().waitFor();
  if (address.includes('/share')) await page.locator('.preview, .panel > .empty').first().waitFor();
  await isDrawn(page);
  return (await page.locator('main').textContent()) ?? '';
}

it.each([
  ['/app', [`${TWO} ${TWO_COMPARED}`, RULE]],
  ['/app?compare=none', [TWO, RULE]],
  ['/app/explore', [`${TWO} ${TWO_COMPARED}`, `${TWO} ${TWO_COMPARED} ${NOT_COMPARED}`]],
  ['/app/explore?category=FTI-IF', [`${TWO} ${ONE_COMPARED}`, `${TWO} ${ONE_COMPARED} ${NOT_COMPARED}`]],
  ['/app/explore?category=FTI-TS', [`${NONE} ${ONE_COMPARED}`, `${NONE} ${ONE_COMPARED} ${NOT_COMPARED}`]],
  ['/app/explore?q=Compilers', [`${TWO} ${TWO_COMPARED}`, `${TWO} ${TWO_COMPARED}`]],
  ['/app/share?of=listed', [TWO, RULE]],
  ['/app/share?of=day', [TWO, RULE]],
  ['/app/share?of=course', [TWO, RULE]],
  ['/app/share?of=unit', [TWO, RULE]],
  ['/app/share?of=directorate', [TWO, RULE]],
  ['/app/share?of=rows', [TWO, RULE]],
  ['/app/courses/102', [DAYS]],
  ['/app/courses/101', []],
])(
  '%s says to a viewer, on the screen and on paper, what is withheld, and names no small group',
  async (address, said) => {
    const { page, complaints } = await openSignedIn(site, { token: viewer });
    const text = await open(page, address);
    const sentences = page.locator('main p').filter({ hasText: ANY_SENTENCE });
    const texts = await sentences.allTextContents();
    expect(texts).toHaveLength(said.length);
    for (const [index, sentence] of said.entries())
      expect(texts[index]?.slice(-sentence.length)).toBe(sentence);
    expect(text.replace(address, '')).not.toContain('Compilers');
    expect(text).not.toMatch(/hidden|no such course|deleted/);
    expect(await violationsOn(page)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    for (const sentence of await sentences.all()) expect(await sentence.isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  },
);

it('the views of Home are the sum of the rows that the viewer may see', async () => {
  const { page } = await openSignedIn(site, { token: viewer });
  await open(page, '/app');
  const { views } = await site.gateway.warehouse
    .selectFrom('user_activity_etl')
    .select((of) => of.fn.sum<string>('total_views').as('views'))
    .where('extraction_date', '>=', FROM)
    .where('category_id', 'in', [2, 7, 8])
    .where('num_students', '>=', BELOW)
    .executeTakeFirstOrThrow();
  const shown = page.getByRole('region', { name: 'Figures of the range' }).locator('strong').first();
  expect(await shown.textContent()).toBe(formats.count(Number(views)));
});

it('a day of a small group is a gap in the line, whose explanation claims nothing else', async () => {
  const { page } = await openSignedIn(site, { token: viewer });
  await open(page, `/app/courses/102?explain=${LAST}`);
  const dialog = page.getByRole('dialog');
  await dialog.getByText('days with fewer than 35 students are withheld.').waitFor();
  expect(await violationsOn(page)).toEqual([]);
  expect(await dialog.textContent()).not.toMatch(/hidden|no such|could not be read|does not exist/);
  const change = page.getByRole('heading', { name: 'What changed' });
  expect(await change.count()).toBe(0);
  // Of these days alone there is nothing to draw.
  await open(page, `/app/courses/102?from=${SHRUNK}&to=${LAST}`);
  const line = page.getByRole('region', { name: 'Views: Databases' });
  await line.getByText(DAYS).waitFor();
  for (const panel of ['Views by kind: Databases', 'Enrolments: Databases'])
    await page.getByRole('region', { name: panel }).getByText(DAYS).waitFor();
  const said = await page.locator('main').textContent();
  expect(said).toContain('no activity on days with 35 students or more');
  expect(said).not.toMatch(/no activity in this range|There are no figures in this range/);
  // Nothing is withheld of this one.
  await open(page, '/app/courses/101');
  expect(await change.count()).toBe(1);
});

it('a course whose compared days alone are withheld says why it has no change', async () => {
  const whole = COURSES.map((one) => rowOf(one, LAST));
  await mergeRows(site.gateway, LAST, whole);
  const { page } = await openSignedIn(site, { token: viewer });
  const text = await open(page, `/app/courses/102?from=${LAST}&to=${LAST}`);
  expect(text).toContain('The compared range has days with fewer than 35 students, so there is no change.');
  expect(text).not.toContain('What changed');
});

it('a course with fewer students in the compared range alone has a dash, and Explore says why', async () => {
  const { page } = await openSignedIn(site, { token: viewer });
  await open(page, '/app/explore?category=FTI-TS');
  const courses = page.getByRole('region', { name: 'Courses', exact: true });
  const changeOf = (name: string) => courses.getByRole('row', { name }).locator('.change').textContent();
  expect(await changeOf('Hydraulics')).toBe('–');
  expect(await changeOf('Statics')).toMatch(/%$/);
  expect(await courses.textContent()).toContain(`${ONE_COMPARED} ${NOT_COMPARED}`);
});

it('the sentences are there in Indonesian', async () => {
  const { page } = await openSignedIn(site, { token: viewer, locale: 'id-ID' });
  expect(await open(page, '/app')).toContain(
    '2 mata kuliah tidak termasuk dalam data ini pada hari dengan kurang dari 35 mahasiswa. Rentang pembanding: 2 mata kuliah.',
  );
  expect(await open(page, '/app/explore?category=FTI-TS')).toContain(
    'Rentang pembanding: 1 mata kuliah. Mata kuliah yang memiliki hari seperti itu tidak dibandingkan.',
  );
  expect(await open(page, '/app/courses/102')).toContain(
    'Hari dengan kurang dari 35 mahasiswa tidak termasuk dalam data ini.',
  );
});

it('an administrator sees small groups and no sentence, until it views as a viewer', async () => {
  const { page } = await openSignedIn(site);
  const addresses = ['/app', '/app/explore', '/app/share?of=course', '/app/courses/102', '/app/courses/103'];
  for (const address of addresses) expect(await open(page, address), address).not.toMatch(ANY_SENTENCE);
  expect(await open(page, '/app/explore')).toContain('Compilers');
  expect(await open(page, '/app/courses/103')).toContain('Compilers');
  await viewAs(site, page, { directorate: 'FTI' });
  const text = await open(page, '/app/explore');
  expect(text).toContain(TWO);
  expect(text).not.toContain('Compilers');
});

it('a category whose rows are all withheld has dashes, not 0', async () => {
  const small = COURSES.map((one) => rowOf(one.category === 8 ? { ...one, students: 20 } : one, LAST));
  await mergeRows(site.gateway, LAST, small);
  const { page } = await openSignedIn(site, { token: viewer });
  const day = `from=${LAST}&to=${LAST}`;
  await open(page, `/app/explore?category=FTI&${day}`);
  const row = page
    .getByRole('region', { name: 'Categories' })
    .getByRole('row', { name: 'Civil Engineering' });
  expect(await row.locator('td.number').allTextContents()).toEqual(['–', '–', '–', '–', '–']);
  await open(page, `/app/explore?category=FTI-TS&${day}`);
  const figures = page.getByRole('region', { name: 'Figures of the range' }).locator('strong');
  expect(await figures.allTextContents()).toEqual(['–', '–', '–', '–']);
});
