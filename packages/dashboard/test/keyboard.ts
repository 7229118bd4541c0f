import type { Locator, Page } from 'playwright-core';

const MOST_PRESSES = 400;

/** A person without a mouse. A step is a link, button or choice activated, or a text typed. */
export function keyboardOf(page: Page) {
  let steps = 0;
  /** Presses Tab until the element has the focus. */
  const reach = async (element: Locator): Promise<void> => {
    await element.waitFor();
    for (let press = 0; press < MOST_PRESSES; press += 1) {
      if (await element.evaluate((one) => one === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`The Tab key does not reach ${element}`);
  };
  return {
    get steps() {
      return steps;
    },
    activate: async (element: Locator) => {
      await reach(element);
      steps += 1;
      await page.keyboard.press('Enter');
    },
    /** Types a text into a field, or the beginning of a choice. */
    type: async (element: Locator, text: string) => {
      await reach(element);
      steps += 1;
      await page.keyboard.type(text);
    },
    /** The browser's "Back". */
    back: async () => {
      steps += 1;
      // Chromium without a window has no keys for it.
      await page.goBack();
    },
  };
}
