import { afterAll, beforeAll, expect, it } from 'vitest';
import { signed } from '../../gateway/test/tokens.ts';
import { openSignedIn, openSite, type Site, tabTo } from './browser.ts';

/** A date without figures. */
const DATE = '2024-02-10';
const ADDRESS = `/app/runs?until=2024-02-25&date=${DATE}`;

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

it('an operator runs a date by keyboard, and another page shows it without being loaded again', async () => {
  const { page, complaints } = await openSignedIn(site);
  const { page: other } = await openSignedIn(site);
  for (const one of [page, other]) {
    await one.goto(ADDRESS);
    await one.getByText('No run of this date has been started.').waitFor();
    await one.getByText('Live', { exact: true }).waitFor();
  }
  await tabTo(page, 'Run 10 Feb 2024');
  await page.keyboard.press('Enter');
  for (const one of [page, other]) await one.getByRole('heading', { name: 'Newest run: Queued' }).waitFor();
  // No worker runs. The reason of the failure is written as a worker would.
  await other.getByRole('button', { name: 'Cancel this run' }).click();
  for (const one of [page, other]) {
    await one.getByRole('heading', { name: 'Newest run: Failed' }).waitFor();
    await one.getByText('A person cancelled the run.').first().waitFor();
  }
  await page.getByRole('button', { name: 'Run the failed batches again' }).click();
  await other.getByRole('heading', { name: 'Newest run: Queued' }).waitFor();
  await other.getByRole('button', { name: 'Cancel this run' }).click();
  await page.getByRole('heading', { name: 'Newest run: Failed' }).waitFor();
  expect(complaints).toEqual([]);
});

async function queuedDates(): Promise<string[]> {
  const rows = await site.gateway.warehouse
    .selectFrom('log_scheduler')
    .select('extraction_date')
    .distinct()
    .where('status', '=', 4)
    .orderBy('extraction_date')
    .execute();
  return rows.map(({ extraction_date }) => extraction_date);
}

it('several days show what a backfill does to each, and run after a confirmation', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app/runs?until=2024-02-25&date=2024-02-09');
  // From the day that was chosen, Shift and Enter select up to another day.
  await page.locator('[data-date="2024-02-11"]').focus();
  await page.keyboard.press('Shift+Enter');
  await page.waitForURL('**last=2024-02-11');
  const panel = page.getByRole('region', { name: '3 days selected' });
  const effects = await panel.getByRole('row').allTextContents();
  expect(effects.slice(1)).toEqual([
    'Fri 9 FebFinalFigures are replaced',
    'Sat 10 FebMissingFirst figures',
    'Sun 11 FebFinalFigures are replaced',
  ]);
  await panel.getByRole('button', { name: 'Run 3 days' }).click();
  expect(await queuedDates()).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Run 3 days' }).click();
  await panel.getByText('Queued.').waitFor();
  expect(await queuedDates()).toEqual(['2024-02-09', '2024-02-10', '2024-02-11']);
});

it('a viewer sees the states of dates and no button that starts a run', async () => {
  const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'FTI' });
  const { page } = await openSignedIn(site, { token });
  await page.goto('/app/runs?until=2024-02-25&date=2024-02-12');
  await page.getByRole('gridcell', { name: 'Monday, 12 February 2024: Final' }).waitFor();
  await page.getByRole('heading', { name: 'Monday, 12 February 2024' }).waitFor();
  expect(await page.getByRole('main').getByRole('button').allTextContents()).toEqual(['Show as table']);
});

it('a course of another unit looks like one that does not exist', async () => {
  const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'FTI' });
  const { page } = await openSignedIn(site, { token });
  await page.goto('/app/courses/102');
  await page.getByRole('heading', { name: 'Databases', level: 1 }).waitFor();
  for (const id of ['106', '999999']) {
    await page.goto(`/app/courses/${id}`);
    await page.getByText('NOT_FOUND').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Course');
  }
});

it('the file of Share has the sums that its preview shows', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app/share?from=2024-02-19&to=2024-02-25&of=directorate');
  await page.getByRole('rowheader').first().waitFor();
  const preview = await page
    .getByRole('region', { name: 'The first rows of the file' })
    .getByRole('row')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent).join()));
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Download summary_directorate/ }).click();
  const stream = await (await downloading).createReadStream();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString().replace('\uFEFF', '').trim().split('\r\n');
  const sorted = (line: string | undefined) => line?.split(',').toSorted();
  expect(sorted(preview[0])).toEqual(sorted(lines[0]));
  expect(preview.slice(1).map(sorted)).toEqual(lines.slice(1).map(sorted));
});
