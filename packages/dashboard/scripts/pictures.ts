import path from 'node:path';
import { binary } from '@etl/local-stack';
import { type BrowserContextOptions, chromium } from 'playwright-core';

const FOLDER = path.resolve(import.meta.dirname, '../../../docs/pictures');

/** A running demo, and its token. */
const { DASHBOARD_GATEWAY = 'http://127.0.0.1:8081', DASHBOARD_TOKEN = 'your-webhook-token' } = process.env;

const PICTURES: Record<string, { address: string; options?: BrowserContextOptions }> = {
  home: { address: '/app' },
  'home-dark': { address: '/app', options: { colorScheme: 'dark' } },
  explore: { address: '/app/explore' },
};

/** Writes the pictures of the docs, as a person with the sample of the demo sees the pages. */
async function main(): Promise<void> {
  const browser = await chromium.launch({ executablePath: binary('chromium'), args: ['--no-sandbox'] });
  for (const [name, { address, options }] of Object.entries(PICTURES)) {
    const context = await browser.newContext({
      baseURL: DASHBOARD_GATEWAY,
      viewport: { width: 1200, height: 860 },
      locale: 'en-GB',
      ...options,
    });
    await context.request.post('/app/session', {
      data: { token: DASHBOARD_TOKEN },
      headers: { origin: DASHBOARD_GATEWAY },
    });
    const page = await context.newPage();
    await page.goto(address);
    await page.locator('.picture svg').first().waitFor();
    await page.locator('[aria-busy="true"], .waiting').first().waitFor({ state: 'detached' });
    await page.screenshot({ path: path.join(FOLDER, `${name}.png`) });
    await context.close();
  }
  await browser.close();
}

await main();
