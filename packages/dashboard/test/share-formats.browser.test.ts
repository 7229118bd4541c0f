import { readFile } from 'node:fs/promises';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSignedIn, openSite, type Site } from './browser.ts';
import { loadFallingTerm } from './falling-term.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite({ load: loadFallingTerm });
});

afterAll(() => site?.close());

it('Share offers Excel and Parquet beside CSV, and the file has the rows of the CSV', async () => {
  const { page, complaints } = await openSignedIn(site);
  const previews: string[] = [];
  page.on('request', (request) => {
    if (/\/summary\?.*limit=8/.test(request.url())) previews.push(request.url());
  });
  await page.goto('/app/share?of=course');
  const download = async (ending: string): Promise<Buffer> => {
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: new RegExp(`^Download summary_course_.*\\.${ending}$`) }).click();
    return readFile(await (await downloading).path());
  };
  const csv = await download('csv');
  await page.getByLabel('Format').selectOption('Excel (XLSX)');
  const { sheets } = await readXlsx(await download('xlsx'));
  expect(sheets.map(({ name }) => name)).toEqual(['Figures', 'About']);
  const lines = csv.toString().trim().split('\r\n');
  expect(lines.length).toBeGreaterThan(10);
  expect(sheets[0]?.rows.map(([id]) => String(id))).toEqual(
    lines.map((line) => line.replace('\uFEFF', '').split(',')[0]),
  );
  await page.getByLabel('Format').selectOption('Parquet');
  expect((await download('parquet')).subarray(0, 4).toString()).toBe('PAR1');
  expect(new URL(page.url()).searchParams.get('format')).toBe('parquet');
  // The first rows are the same in every format.
  expect(previews).toHaveLength(1);
  expect(complaints).toEqual([]);
});
