import { VIEW_COLUMNS } from '@etl/core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { API } from '../../gateway/test/support.ts';
import { signed } from '../../gateway/test/tokens.ts';
import { addDays } from '../src/dates.ts';
import { en } from '../src/words/en.ts';
import { isDrawn, openSignedIn, openSite, type Site } from './browser.ts';
import { LAST, LEDGER, loadExplainedTerm, NEWEST, PURGED, RESTATED, TOO_MANY } from './explained-term.ts';

/** A course of Informatics. */
const COURSE = '/app/courses/101';
/** A tip that is shown. */
const TIP = '.picture [aria-label="tip"] text';
const FROM = addDays(NEWEST, -27);

let site: Site;

beforeAll(async () => {
  site = await openSite({ load: loadExplainedTerm });
});

afterAll(() => site?.close());

const panel = (page: Page, name: string | RegExp) =>
  page.getByRole('region', { name, exact: typeof name === 'string' });

/** The date of the element that has the focus, and whether it stands in the table. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    return { text: element?.textContent ?? '', isInTable: element?.closest('table') !== null };
  });

it('the keyboard opens the explanation of a point and of a row, and the focus returns to each', async () => {
  const { page, complaints } = await openSignedIn(site);
  await page.goto(COURSE);
  await isDrawn(page);
  const line = panel(page, 'Views: Algorithms');
  const dialog = page.getByRole('dialog');
  const links = line.getByRole('list', { name: en.course.choose.day }).getByRole('link');
  expect(await links.count()).toBe(27);
  // One of the points is in the order of the Tab key: the newest.
  await line.getByRole('button', { name: 'Show as table' }).focus();
  await page.keyboard.press('Tab');
  expect((await focused(page)).text).toMatch(/^Mon,? 26 Feb: /);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await dialog.getByRole('heading', { name: /^Views on Sunday,? 25 February 2024$/ }).waitFor();
  expect((await focused(page)).text).toBe('Close');
  expect(new URL(page.url()).searchParams.get('explain')).toBe(LAST);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect((await focused(page)).text).toMatch(/^Sun,? 25 Feb: /);
  expect(new URL(page.url()).searchParams.has('explain')).toBe(false);

  await line.getByRole('button', { name: 'Show as table' }).press('Enter');
  const row = line.getByRole('rowheader', { name: /^Wed,? 21 Feb$/ }).getByRole('link');
  await row.focus();
  await page.keyboard.press('Enter');
  await dialog.getByRole('heading', { name: /^Views on Wednesday,? 21 February 2024$/ }).waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  expect(await focused(page)).toEqual({ text: await row.textContent(), isInTable: true });
  expect(complaints).toEqual([]);
});

it('a click on the line opens the explanation of the nearest day, and Back closes it', async () => {
  const { page, complaints } = await openSignedIn(site);
  await page.goto(COURSE);
  await isDrawn(page);
  const svg = panel(page, 'Views: Algorithms').locator('.picture svg');
  const box = await svg.boundingBox();
  if (!box) throw new Error('The line has no place');
  // The middle of the fifth of 28 days, between the margins of the line.
  const x = 44 + ((box.width - 44 - 12) * 4.5) / 28;
  await svg.hover({ position: { x, y: 100 } });
  await page.locator(TIP).first().waitFor();
  await svg.click({ position: { x, y: 100 } });
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  // The pointer is still where it was.
  expect(await page.locator(TIP).count()).toBe(0);
  expect(new URL(page.url()).searchParams.get('explain')).toBe(addDays(FROM, 4));
  await page.goBack();
  await dialog.waitFor({ state: 'detached' });
  expect(new URL(page.url()).searchParams.has('explain')).toBe(false);
  expect(complaints).toEqual([]);
});

it('the numbers of an explanation are those of the row, and its history what a run replaced', async () => {
  const { page } = await openSignedIn(site);
  await page.goto(`${COURSE}?explain=${RESTATED}`);
  const dialog = page.getByRole('dialog');
  await dialog.locator('.value').waitFor();
  const row = await site.gateway.warehouse
    .selectFrom('user_activity_etl')
    .selectAll()
    .where('moodle_course_id', '=', 101)
    .where('extraction_date', '=', RESTATED)
    .executeTakeFirstOrThrow();
  const kinds = VIEW_COLUMNS.map((kind) => `${en.figures.kinds[kind]} ${row[kind]}`);
  await dialog.getByText(`${kinds.join(' + ')} = ${row.total_views}`).waitFor();
  const cells = await dialog.getByRole('table').locator('tbody td').allTextContents();
  expect(cells.reduce((sum, text) => sum + Number(text), 0)).toBe(row.total_views);
  await dialog.getByText(`${row.total_views - 2}, until a run replaced it: log rows arrived late`).waitFor();
  await dialog.getByText('Requested by test').waitFor();
});

it('a figure of a date on which a course was left out says why there is none', async () => {
  const { page } = await openSignedIn(site);
  await page.goto(`/app/courses/103?explain=${NEWEST}`);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'Why there is no value' }).waitFor();
  const text = await dialog.textContent();
  expect(text).toContain(
    'The course was hidden in Moodle when this date was counted. 10 views are in no figure.',
  );
  expect(text).toContain('It was last counted on 25 Feb 2024.');
});

it('a course without figures in the range says why, and leads to the explanation', async () => {
  const { page, complaints } = await openSignedIn(site);
  await page.goto(`/app/courses/103?from=${NEWEST}&to=${NEWEST}`);
  const line = panel(page, 'Views: Compilers');
  const text = [
    '26 Feb 2024: The course was hidden in Moodle when this date was counted.',
    'It was last counted on 25 Feb 2024.',
  ];
  await line.getByText(text.join(' ')).waitFor();
  // An average of nothing has no line at all.
  await line.getByRole('combobox').selectOption('avg_activity_per_student_per_day');
  await panel(page, /^Views per student and day: /)
    .getByText(text.join(' '))
    .waitFor();
  await page.goto(`/app/courses/103?from=${NEWEST}&to=${NEWEST}`);
  await line.getByRole('link', { name: 'Explain 26 Feb 2024' }).press('Enter');
  await page.getByRole('dialog').getByRole('heading', { name: 'Why there is no value' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect((await focused(page)).text).toBe('Explain 26 Feb 2024');
  // The last dates of the term's first gap.
  await page.goto('/app/courses/103?from=2024-02-10&to=2024-02-10');
  await line.getByText('No date of this range has been counted.').waitFor();
  expect(complaints).toEqual([]);
});

it('a week leads to its days, each of which is explained', async () => {
  const { page, complaints } = await openSignedIn(site);
  await page.goto(`${COURSE}?from=2023-10-01&to=${LAST}`);
  await isDrawn(page);
  const weeks = page.getByRole('list', { name: en.course.choose.week }).getByRole('link');
  await weeks.last().press('Enter');
  const days = page.getByRole('list', { name: en.course.choose.day }).getByRole('link');
  await days.first().waitFor();
  expect(await days.count()).toBe(7);
  const { searchParams } = new URL(page.url());
  expect([searchParams.get('from'), searchParams.get('to')]).toEqual(['2024-02-19', LAST]);
  await days.last().press('Enter');
  await page.getByRole('dialog').locator('.value').waitFor();
  expect(complaints).toEqual([]);
});

it.each([
  ['whose log is purged', PURGED, 'Moodle has deleted log rows of this date since.'],
  ['of which a change is not kept whole', TOO_MANY, 'Other values may be missing'],
  ['that no other run has changed', NEWEST, 'No run has replaced another value.'],
])('the explanation of a date %s says so', async (_, date, text) => {
  const { page } = await openSignedIn(site);
  await page.goto(`/app/courses/104?explain=${date}`);
  const dialog = page.getByRole('dialog');
  await dialog.getByText(text).waitFor();
  // A version before ledgers, which recorded no changes, merged the others.
  const isComplete = date === NEWEST;
  expect(await dialog.getByText('No run has replaced another value.').count()).toBe(isComplete ? 1 : 0);
});

it.each([
  ['that finds nothing else', 'compilers', 0],
  ['that finds other courses', 'c10', 6],
])('a search %s lists the course that was hidden yesterday with the reason', async (_, text, counted) => {
  const { page } = await openSignedIn(site);
  await page.goto(`/app/explore?q=${text}&from=${NEWEST}&to=${NEWEST}`);
  const courses = panel(page, 'Courses');
  await courses.getByRole('heading', { name: '1 course is not counted' }).waitFor();
  const item = courses.locator('.not-counted li');
  expect(await item.textContent()).toContain(
    '26 Feb 2024: The course was hidden in Moodle when this date was counted. It was last counted on 25 Feb 2024.',
  );
  expect(await courses.locator('tbody tr').count()).toBe(counted);
  await item.getByRole('link', { name: 'Compilers' }).click();
  await page.getByRole('heading', { level: 1, name: 'Compilers' }).waitFor();
});

it('an administrator sees where each log row of a date is, as a bar, in words and as a table', async () => {
  const { page, complaints } = await openSignedIn(site);
  await page.goto(`/app/runs?until=${NEWEST}&date=${NEWEST}`);
  const ledger = page.locator('.ledger');
  await ledger.getByRole('img').waitFor();
  const { read, counted } = LEDGER;
  await ledger.getByText(`${read} rows were read: ${counted} are counted, 500 are left out.`).waitFor();
  await ledger.getByText('Show as table').click();
  const cells = await ledger.locator('tbody td:nth-child(2)').allTextContents();
  const [all, ...places] = cells.map((text) => Number(text)).toReversed();
  expect(places).toHaveLength(8);
  expect(all).toBe(read);
  expect(places.reduce((sum, rows) => sum + rows, 0)).toBe(read);
  // A date of an earlier version.
  await page.goto(`/app/runs?until=${NEWEST}&date=${LAST}`);
  await ledger.getByText('The version that counted this date kept no ledger.').waitFor();
  expect(complaints).toEqual([]);
});

it('a date that changed after it was final is marked, and says what changed and why', async () => {
  const { page } = await openSignedIn(site);
  await page.goto(`/app/runs?until=${NEWEST}&date=${RESTATED}`);
  const day = page.locator(`[data-date="${RESTATED}"].restated`);
  await day.waitFor();
  expect(await day.textContent()).toContain('Changed after it was final');
  expect(await page.locator('.day.restated').count()).toBe([RESTATED, TOO_MANY].length);
  const changed = page.locator('.restatements');
  const [{ old = 0, now = 0 } = {}] = (
    await site.gateway.warehouse
      .selectFrom('restatements')
      .select(['old_total_views as old', 'new_total_views as now'])
      .where('extraction_date', '=', RESTATED)
      .execute()
  ).map((row) => ({ old: Number(row.old), now: Number(row.now) }));
  expect(now - old).toBe(2);
  await changed.getByText(`log rows arrived late. Views: ${old} → ${now}`).waitFor();
  await changed.getByText('1 course changed').click();
  const row = changed.getByRole('row', { name: /^Algorithms/ });
  expect(await row.textContent()).toContain('Links: 13 → 15');
});

it('a viewer explains what it sees, and sees no recount, no ledger and not who asked', async () => {
  const token = await signed({ username: 'head', roles: ['lecturer'], directorate: 'FTI', unit: 'FTI-IF' });
  const { page } = await openSignedIn(site, { token });
  const calls: string[] = [];
  page.on('request', (request) => calls.push(new URL(request.url()).pathname));
  await page.goto(`${COURSE}?explain=${NEWEST}`);
  const dialog = page.getByRole('dialog');
  await dialog.locator('.value').waitFor();
  expect(await dialog.getByRole('button').allTextContents()).toEqual(['Close']);
  const text = await dialog.textContent();
  expect(text).toContain('Roles: students 5, teachers 3, 4');
  expect(text).not.toContain('Requested by');
  await page.goto(`/app/runs?until=${NEWEST}&date=${RESTATED}`);
  await page.locator('.restatements').getByText('log rows arrived late').waitFor();
  await isDrawn(page);
  expect(await page.locator('.ledger').count()).toBe(0);
  expect(calls.filter((call) => call.startsWith(API) && /ledger|recount/.test(call))).toEqual([]);
  // What it cannot see looks like what does not exist.
  await page.goto(`/app/courses/104?explain=${NEWEST}`);
  await page.getByText('It does not exist, or you may not read it.').first().waitFor();
});
