import { VIEW_COLUMNS } from '@etl/core';
import type { Download, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signed } from '../../gateway/test/tokens.ts';
import { addDays } from '../src/dates.ts';
import { en } from '../src/words/en.ts';
import { formatsOf } from '../src/words/formats.ts';
import { openSignedIn, openSite, type Site } from './browser.ts';
import { FROM, loadFallingTerm } from './falling-term.ts';
import { keyboardOf } from './keyboard.ts';
import { LAST } from './term.ts';

/** What people come for, by keyboard alone. The figures are compared with statements over the daily rows. */

/** Engineering and what is below it. */
const ENGINEERING = [2, 7, 8];

const formats = formatsOf('en-GB');

/** Versions of Chromium and Node put other spaces around dashes. */
const plain = (text: string | null) => (text ?? '').replace(/\s+/g, ' ').replace(/ ?– ?/g, '–');

let site: Site;

beforeAll(async () => {
  site = await openSite({ load: loadFallingTerm });
});

afterAll(() => site?.close());

const panel = (page: Page, name: string | RegExp) =>
  page.getByRole('region', { name, exact: typeof name === 'string' });

const daily = (from: string, to: string) =>
  site.gateway.warehouse
    .selectFrom('user_activity_etl')
    .selectAll()
    .where('extraction_date', '>=', from)
    .where('extraction_date', '<=', to)
    .where('category_id', 'in', ENGINEERING)
    .execute();

type Row = Awaited<ReturnType<typeof daily>>[number];

const sumOf = (rows: readonly Row[], of: (row: Row) => unknown) =>
  rows.reduce((sum, row) => sum + Number(of(row)), 0);

/** The courses by their ratio, each with the kind that fell most and the week in which that kind fell most. */
async function fallsByRows() {
  const [after, before] = [await daily(FROM, LAST), await daily(addDays(FROM, -28), addDays(FROM, -1))];
  const falls = [...Map.groupBy(after, (row) => row.course_name)].map(([name, own]) => {
    const former = before.filter((row) => row.course_name === name);
    const differenceOf = (kind: (typeof VIEW_COLUMNS)[number], from = FROM, to = LAST) =>
      sumOf(
        own.filter(({ extraction_date: date }) => from <= date && date <= to),
        (row) => row[kind],
      ) -
      sumOf(
        former.filter(({ extraction_date: date }) => from <= addDays(date, 28) && addDays(date, 28) <= to),
        (row) => row[kind],
      );
    const kind =
      VIEW_COLUMNS.toSorted((one, next) => differenceOf(one) - differenceOf(next))[0] ?? 'file_views';
    const weeks = [0, 7, 14, 21].map((day) => [addDays(FROM, day), addDays(FROM, day + 6)] as const);
    const inWeek = ([from, to]: readonly [string, string]) => differenceOf(kind, from, to);
    const week = weeks.toSorted((one, next) => inWeek(one) - inWeek(next))[0] ?? [FROM, LAST];
    const views = [own, former].map((rows) => sumOf(rows, (row) => row.total_views)) as [number, number];
    return {
      name,
      change: views[0] / views[1] - 1,
      kind,
      fall: -differenceOf(kind),
      week,
      inWeek: -inWeek(week),
    };
  });
  return falls.toSorted((one, next) => one.change - next.change).slice(0, 5);
}

it('a dean finds the five courses that fell most in one step, and why each of them fell in one more', async () => {
  const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'FTI' });
  const { page, complaints } = await openSignedIn(site, { token });
  const keyboard = keyboardOf(page);
  await page.goto('/app');
  await keyboard.activate(page.getByRole('link', { name: 'See the courses that fell most' }));
  const names = panel(page, 'Courses').getByRole('rowheader');
  await names.first().waitFor();
  expect(keyboard.steps).toBe(1);
  const falls = await fallsByRows();
  const listed = await names.allTextContents();
  expect(listed.slice(0, 5).map((text) => text.replace(/ S\d+$/, ''))).toEqual(falls.map(({ name }) => name));

  for (const { name, kind, fall, week, inWeek } of falls) {
    const course = String(name);
    await keyboard.activate(panel(page, 'Courses').getByRole('link', { name: course }));
    const why = panel(page, `What changed: ${course}`);
    const sentence = why.getByText(`${en.figures.kinds[kind]} fell most, by ${formats.count(fall)} views`);
    await sentence.waitFor();
    const inWords = `The largest fall was in ${formats.range(...week)}: ${formats.count(inWeek)} fewer.`;
    expect(plain(await why.textContent())).toContain(plain(inWords));
    // The table says the same: the kind comes first, and its week has that difference.
    const row = await why.getByRole('row').nth(1).getByRole('cell').allTextContents();
    const heads = (await why.getByRole('columnheader').allTextContents()).map(plain);
    expect(await why.getByRole('rowheader').first().textContent()).toBe(en.figures.kinds[kind]);
    expect(row[heads.indexOf(plain(formats.range(...week))) - 1]).toBe(formats.count(-inWeek));
    await keyboard.back();
    await names.first().waitFor();
  }
  // To open and to leave each of the five.
  expect(keyboard.steps).toBe(1 + 2 * falls.length);
  expect(complaints).toEqual([]);
});

async function linesOf(download: Download): Promise<Record<string, string>[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  const [header = '', ...lines] = Buffer.concat(chunks).toString().replace('\uFEFF', '').trim().split('\r\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [names[index], cell])));
}

/** The rows of a table as a person reads them. The small picture of the weeks has its figures as text. */
function textsOf(table: Locator): Promise<string[][]> {
  return table.locator('tbody tr').evaluateAll((rows) =>
    rows.map((row) =>
      [...row.children].map((cell) => {
        const picture = cell.querySelector('[aria-label]');
        return (picture?.getAttribute('aria-label') ?? cell.textContent ?? '').trim();
      }),
    ),
  );
}

/** A line of the file as the page writes it. */
function asShown(line: Record<string, string>): string[] {
  const orNothing = (text: string | undefined, write: (text: string) => string) => (text ? write(text) : '–');
  const weekly = Array.from({ length: 12 }, (_, week) =>
    orNothing(line[`weekly_${week + 1}`], (views) => formats.count(Number(views))),
  );
  const change = Number(line.change);
  return [
    `${line.course_name} ${line.course_shortname}`,
    line.category_name ?? '',
    formats.count(Number(line.total_views)),
    orNothing(line.change, () => `${change === 0 ? '' : change > 0 ? '▲ ' : '▼ '}${formats.change(change)}`),
    orNothing(line.avg_activity_per_student_per_day, (average) => formats.average(Number(average))),
    formats.count(Number(line.num_students)),
    en.charts.weekly(weekly.join(', ')),
    orNothing(line.last_active, formats.date),
  ];
}

it('an analyst exports exactly what is on the screen, in eight steps', async () => {
  const { page, complaints } = await openSignedIn(site);
  const keyboard = keyboardOf(page);
  const courses = panel(page, 'Courses');
  await page.goto('/app/explore');
  await keyboard.activate(page.getByRole('link', { name: 'Engineering', exact: true }).first());
  await page.getByRole('heading', { name: 'Engineering', level: 1 }).waitFor();
  await keyboard.activate(page.getByRole('link', { name: '7 days' }));
  await page.waitForURL('**from=2024-02-19**');
  await keyboard.type(courses.getByRole('searchbox'), '3');
  await keyboard.activate(courses.getByRole('button', { name: 'Search' }));
  await page.waitForURL('**q=3**');
  await keyboard.type(courses.getByRole('combobox'), 'Rising');
  await page.waitForURL('**filter=rising**');
  await keyboard.activate(courses.getByRole('columnheader', { name: 'Enrolments' }).getByRole('link'));
  await page.waitForURL('**sort=num_students**');
  await courses.locator('.old').waitFor({ state: 'detached' });
  const screen = await textsOf(courses.getByRole('table'));

  await keyboard.activate(page.locator('.heading').getByRole('link', { name: 'Share' }));
  await panel(page, /^Courses, as Explore lists them/)
    .getByText('Show: Rising · Search courses: “3”')
    .waitFor();
  const downloading = page.waitForEvent('download');
  await keyboard.activate(page.getByRole('link', { name: 'Download courses_2024-02-19_2024-02-25.csv' }));
  const lines = await linesOf(await downloading);
  expect(keyboard.steps).toBe(8);
  expect(lines.map(asShown)).toEqual(screen);

  // The same from the daily rows: the category, the search, those that rise, and the order.
  const [from, to] = ['2024-02-19', LAST];
  const [rows, former] = [await daily(from, to), await daily('2024-02-12', '2024-02-18')];
  const views = (among: readonly Row[], id: unknown) =>
    sumOf(
      among.filter((row) => row.moodle_course_id === id),
      (row) => row.total_views,
    );
  const expected = rows
    .filter((row) => row.extraction_date === to)
    .filter((row) =>
      [row.course_name, row.course_shortname, row.id_number].some((text) => text?.includes('3')),
    )
    .filter(({ moodle_course_id: id }) => views(rows, id) > views(former, id))
    .toSorted(
      (one, next) =>
        Number(next.num_students) - Number(one.num_students) ||
        Number(one.moodle_course_id) - Number(next.moodle_course_id),
    );
  expect(expected.length).toBeGreaterThan(3);
  expect(lines.map((line) => [line.moodle_course_id, line.total_views])).toEqual(
    expected.map(({ moodle_course_id: id }) => [String(id), String(views(rows, id))]),
  );
  expect(complaints).toEqual([]);
});

it('the file of a category has the courses of all its pages, and the sums of its figures', async () => {
  const { page } = await openSignedIn(site);
  const courses = panel(page, 'Courses');
  await page.goto('/app/explore?category=FTI&sort=change&order=asc');
  await courses.getByRole('table').waitFor();
  const screen = await textsOf(courses.getByRole('table'));
  await courses.getByRole('link', { name: 'Next page' }).click();
  await courses.getByRole('link', { name: 'First page' }).waitFor();
  await courses.locator('.old').waitFor({ state: 'detached' });
  screen.push(...(await textsOf(courses.getByRole('table'))));
  const figures = await page
    .getByRole('region', { name: 'Figures of the range' })
    .locator('dd')
    .allTextContents();
  await page.locator('.heading').getByRole('link', { name: 'Share' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Download courses/ }).click();
  const lines = await linesOf(await downloading);
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.map(asShown)).toEqual(screen);
  const sum = (column: string) => formats.count(lines.reduce((all, line) => all + Number(line[column]), 0));
  expect(figures[0]).toMatch(new RegExp(`^${sum('total_views')}`));
  expect(figures[2]).toBe(sum('num_students'));
  const rows = await daily(FROM, LAST);
  for (const kind of VIEW_COLUMNS) expect(sum(kind)).toBe(formats.count(sumOf(rows, (row) => row[kind])));
});
