import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { signed } from '../../gateway/test/tokens.ts';
import { isDrawn, openSignedIn, openSite, type Site, viewAs } from './browser.ts';
import { keyboardOf } from './keyboard.ts';

/** Every view, with addresses of what the unit reads, and of what only others read. */
const VIEWS = [
  '/app',
  '/app/explore',
  '/app/explore?category=FTI',
  '/app/explore?category=FIB',
  '/app/courses/102',
  '/app/courses/102?explain=2024-02-12',
  '/app/courses/106',
  '/app/runs?until=2024-02-25&date=2024-02-12',
  '/app/runs?until=2024-02-25&date=2024-02-10&last=2024-02-12',
  '/app/share?of=course',
];

const MARK = 'You see what viewers of Informatics see. Nothing can be started.';
/** What administrators can start. */
const ACTIONS = /^(Run|Cancel|Count again)/;
const WAIT = { timeout: 10_000 };

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

const markOf = (page: Page) => page.locator('.mark[role="status"]');
const isHome = (page: Page) => page.getByRole('heading', { name: /is final/ }).waitFor();

/** Opens a view, and waits until its figures are there. */
async function openView(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('h1, .content > .failure').first().waitFor();
  if (address.includes('explain=')) await page.locator('.drawer .value').waitFor();
  await isDrawn(page);
}

/** What the view shows below the header and the mark. */
async function shownOn(page: Page): Promise<string> {
  const text = await page.locator('main').textContent();
  return (text ?? '').replaceAll(/Request \S+/g, 'Request');
}

describe('an administrator', () => {
  it('goes from Home to seeing as a unit, and back, by the keyboard alone', async () => {
    const { page, complaints } = await openSignedIn(site);
    const keyboard = keyboardOf(page);
    await page.goto('/app');
    await isHome(page);
    await page.locator('main').getByText('Letters').first().waitFor();
    await keyboard.activate(page.getByRole('link', { name: 'View as …' }));
    await page.getByRole('heading', { name: 'View as a viewer' }).waitFor();
    await keyboard.activate(page.getByRole('link', { name: 'Engineering' }));
    await keyboard.activate(page.getByRole('button', { name: 'View as Informatics' }));
    await markOf(page).getByText(MARK).waitFor();
    await isHome(page);
    expect(new URL(page.url()).pathname).toBe('/app');
    await isDrawn(page);
    // A further Tab is the first link of Home, and Shift and Tab the button that stops.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    expect(await page.locator('main').textContent()).not.toMatch(/Letters|Civil Engineering/);
    expect(await page.getByRole('link', { name: 'View as …' }).count()).toBe(0);
    await keyboard.activate(page.getByRole('button', { name: 'Stop' }));
    await page.getByRole('link', { name: 'View as …' }).waitFor();
    await page.locator('main').getByText('Letters').first().waitFor();
    expect(await markOf(page).count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    expect(keyboard.steps).toBe(4);
    expect(complaints).toEqual([]);
  });

  it('sees on every page exactly what a token of the unit sees, and the mark above it', async () => {
    const { page } = await openSignedIn(site);
    const actions = page.getByRole('button', { name: ACTIONS });
    for (const address of VIEWS.filter((one) => /runs|explain/.test(one))) {
      await page.goto(address);
      await actions.first().waitFor();
    }
    await viewAs(site, page, { unit: 'FTI-IF' });
    const token = await signed({ username: 'test', roles: ['lecturer'], unit: 'FTI-IF' });
    const { page: own } = await openSignedIn(site, { token });
    for (const address of VIEWS) {
      await Promise.all([openView(page, address), openView(own, address)]);
      // The connection and late dates come after the figures.
      await vi.waitFor(async () => expect(await shownOn(page), address).toBe(await shownOn(own)), WAIT);
      expect((await shownOn(page)).length, address).toBeGreaterThan(40);
      expect(await markOf(page).getByRole('paragraph').textContent(), address).toBe(MARK);
      expect(await actions.count(), address).toBe(0);
      expect(await markOf(own).count(), address).toBe(0);
    }
  });

  it.each([
    ['a category at the top', '/app/view-as', 'Engineering', { directorate: 'FTI' }],
    ['a category below one', '/app/view-as?category=FIB', 'History', { unit: 'FIB-SJ' }],
  ])('views as %s: %s, %s', async (_, address, name, expected) => {
    const { page } = await openSignedIn(site);
    await page.goto(address);
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await page.getByRole('button', { name: `View as ${name}`, exact: true }).click();
    expect((await sent).postDataJSON()).toEqual(expected);
    await markOf(page).getByText(`You see what viewers of ${name} see.`).waitFor();
  });

  it('views as a unit below an idnumber that two categories have', async () => {
    const { warehouse } = site.gateway;
    const again = { id: 10, parent: 0, idnumber: 'FTI', name: 'Engineering, old', path: '/10', depth: 1 };
    await warehouse.insertInto('course_categories_etl').values(again).execute();
    onTestFinished(async () => {
      await warehouse.deleteFrom('course_categories_etl').where('id', '=', again.id).execute();
    });
    const { page } = await openSignedIn(site);
    await page.goto('/app/view-as?category=FTI');
    await page.getByRole('button', { name: 'View as Informatics' }).click();
    await markOf(page).getByText(MARK).waitFor();
  });

  it('reads on the page of View as that it must stop first', async () => {
    const { page } = await openSignedIn(site);
    await viewAs(site, page, { unit: 'FTI-IF' });
    await page.goto('/app/view-as');
    await page.getByText('Press Stop above, then choose another category here.').waitFor();
    expect(await page.getByText('Only administrators').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'View as' }).count()).toBe(0);
  });

  it('reads in the mark that no category has the name', async () => {
    const { page } = await openSignedIn(site);
    await viewAs(site, page, { unit: 'gone' });
    await page.goto('/app');
    await markOf(page).getByText('no category has the name gone').waitFor();
  });

  it('sees the mark in a narrow window and on paper, where it has no button', async () => {
    const { page } = await openSignedIn(site, { viewport: { width: 400, height: 800 } });
    await viewAs(site, page, { unit: 'FTI-IF' });
    await page.goto('/app');
    await markOf(page).getByText(MARK).waitFor();
    await isDrawn(page);
    const isWithin = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    expect(await isWithin()).toBe(true);
    await page.emulateMedia({ media: 'print' });
    expect(await markOf(page).getByText(MARK).isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0);
  });

  it('has two tabs that begin anew together: with the figures of the unit, and with all again', async () => {
    const { page } = await openSignedIn(site);
    const other = await page.context().newPage();
    await other.goto('/app/explore');
    await other.getByRole('rowheader', { name: /Ancient History/ }).waitFor();
    await page.goto('/app/view-as?category=FTI');
    await page.getByRole('button', { name: 'View as Informatics' }).click();
    for (const tab of [page, other]) await markOf(tab).getByText(MARK).waitFor();
    await other.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
    await isDrawn(other);
    expect(await other.locator('main').textContent()).not.toContain('History');
    await other.getByRole('button', { name: 'Stop' }).click();
    await isHome(other);
    for (const tab of [page, other]) {
      await tab.locator('main').getByText('Letters').first().waitFor();
      expect(await markOf(tab).count()).toBe(0);
      expect(new URL(tab.url()).pathname).toBe('/app');
    }
  });
});

describe('the button', () => {
  const chooseIn = (page: Page) => page.getByRole('button', { name: 'View as Engineering' }).click();

  it('says that the server cannot be reached, changes nothing, and works at the next click', async () => {
    const { page } = await openSignedIn(site);
    await page.goto('/app/view-as');
    await page.getByRole('button', { name: 'View as Engineering' }).waitFor();
    await page.context().setOffline(true);
    await chooseIn(page);
    await page
      .getByRole('alert')
      .getByText('You still see your own figures. The server cannot be reached.')
      .waitFor();
    expect(new URL(page.url()).pathname).toBe('/app/view-as');
    await page.context().setOffline(false);
    await chooseIn(page);
    await markOf(page).getByText('You see what viewers of Engineering see.').waitFor();
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Stop' }).click();
    await markOf(page).getByRole('alert').getByText('The server cannot be reached.').waitFor();
    await page.context().setOffline(false);
  });

  it('says that only administrators may do it, if the server refuses', async () => {
    const { page } = await openSignedIn(site);
    await page.goto('/app/view-as');
    await page.getByRole('button', { name: 'View as Engineering' }).waitFor();
    const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'FTI' });
    // The page does not know that another person has signed in.
    const answer = await page.context().request.post('/app/session', {
      data: { token },
      headers: { origin: site.url },
    });
    expect(answer.status()).toBe(200);
    await chooseIn(page);
    await page.getByRole('alert').getByText('Only administrators may do this.').waitFor();
  });

  it('leads to the sign-in if the session has ended', async () => {
    const { page } = await openSignedIn(site);
    await page.goto('/app/view-as');
    await page.getByRole('button', { name: 'View as Engineering' }).waitFor();
    await page.context().clearCookies();
    await chooseIn(page);
    await page.getByText('Your session has ended. Sign in again.').waitFor();
  });
});

it('a viewer has no link to it, and its address says that it is for administrators', async () => {
  const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'FTI' });
  const { page } = await openSignedIn(site, { token });
  await page.goto('/app');
  await isHome(page);
  expect(await page.getByRole('link', { name: 'View as …' }).count()).toBe(0);
  await page.goto('/app/view-as');
  await page.getByText('Only administrators can view as a viewer.').waitFor();
  expect(await page.getByRole('button', { name: 'View as' }).count()).toBe(0);
});
