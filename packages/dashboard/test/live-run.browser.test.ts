import { withConnection } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { isLoadedOnce, openRealSite, type RealSite } from './real-site.ts';

const BEFORE = '2024-01-15';
const DATE = '2024-01-16';

let site: RealSite;

beforeAll(async () => {
  site = await openRealSite(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    // The merge reads course by course, so that its progress can be seen.
    { dates: [BEFORE, DATE], env: { ETL_MERGE_BATCH_SIZE: '1' } },
  );
  await site.system.startGateway();
  await site.system.startWorker();
  await site.run(BEFORE);
  await slowCourses(site.system.sourceUrl);
});

afterAll(() => site?.close());

/** Makes Moodle slow: each course that a statement reads takes time. */
async function slowCourses(sourceUrl: string): Promise<void> {
  await withConnection(sourceUrl, async (connection) => {
    await connection.query('RENAME TABLE mdl_course TO courses');
    await connection.query('CREATE VIEW mdl_course AS SELECT * FROM courses WHERE SLEEP(0.15) = 0');
  });
}

it('a run that one person starts moves on her page, and its figures come to the open page of another', async () => {
  const operator = await site.open(`/app/runs?date=${DATE}`);
  const dean = await site.open('/app');
  await dean.page.getByRole('heading', { name: 'Monday, 15 January 2024 is final' }).waitFor();
  const views = dean.page.getByRole('region', { name: 'Figures of the range' }).locator('dd').first();
  await views.getByText(/\d/).waitFor();
  const viewsBefore = await views.textContent();

  const { page } = operator;
  await page.getByText('Live', { exact: true }).waitFor();
  await page.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(window, { seen });
    new MutationObserver(() => {
      seen.add(document.querySelector('.run-status')?.textContent ?? '');
      seen.add(document.querySelector('progress[aria-label$="Merge"]')?.getAttribute('value') ?? '');
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await page.getByRole('button', { name: 'Run 16 Jan 2024' }).click();
  await page.getByRole('heading', { name: 'Newest run: Finished' }).waitFor();
  const seen = await page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen]);
  expect(seen).toContain('Newest run: In progress');
  const progress = seen.filter((text) => /^\d+$/.test(text)).map(Number);
  expect(progress.length).toBeGreaterThan(2);
  expect(progress).toEqual(progress.toSorted((one, other) => one - other));
  await page.getByText('Figures: Final').waitFor();
  expect(await page.locator('.picture').getByText('· 1 attempt').count()).toBe(3);

  await dean.page.getByRole('heading', { name: 'Tuesday, 16 January 2024 is final' }).waitFor();
  await dean.page.waitForFunction(
    (before) => document.querySelector('.figures dd')?.textContent !== before,
    viewsBefore,
  );
  for (const { page, complaints } of [operator, dean]) {
    expect(await isLoadedOnce(page)).toBe(true);
    expect(complaints).toEqual([]);
  }
});
