import type { Page } from 'playwright-core';

/** A page that is measured, and what a person typically does on it. */
export interface View {
  name: string;
  /** Below the gateway's address. */
  address: string;
  /** What is there once the view has been rendered. */
  shows: string;
  /** Without a session. */
  isOpen?: boolean;
  interaction: string;
  interact(page: Page): Promise<void>;
}

/** By keyboard: the browser times only what a device sends. */
const chooseNext = (select: string) => (page: Page) => page.locator(select).press('ArrowDown');
const click = (target: string) => (page: Page) => page.locator(target).first().click();

/** The six views, those with a range of figures also with the longest one. */
export function viewsOf({ from, to }: { from: string; to: string }): View[] {
  const range = `from=${from}&to=${to}`;
  const twice = (view: View): View[] => [
    view,
    {
      ...view,
      name: `${view.name}, three years`,
      address: `${view.address}${view.address.includes('?') ? '&' : '?'}${range}`,
    },
  ];
  return [
    {
      name: 'Sign in',
      address: '/app/sign-in',
      shows: 'form',
      isOpen: true,
      interaction: 'write a token',
      interact: (page) => page.locator('#token').pressSequentially('a-token'),
    },
    ...twice({
      name: 'Home',
      address: '/app',
      shows: '.picture svg',
      interaction: 'choose 7 days',
      interact: click('.presets a'),
    }),
    ...twice({
      name: 'Explore',
      address: '/app/explore',
      shows: '.picture svg',
      interaction: 'sort by name',
      interact: click('.panel th a[href*="sort=name"]'),
    }),
    ...twice({
      name: 'Category',
      address: '/app/explore?category=F1',
      shows: '.picture svg',
      interaction: 'open a category below',
      interact: click('.panel tbody a[href*="category="]'),
    }),
    ...twice({
      name: 'Course',
      address: '/app/courses/2',
      shows: '.picture svg',
      interaction: 'choose another figure',
      interact: chooseNext('.panel select'),
    }),
    {
      name: 'Runs',
      address: '/app/runs',
      shows: '.picture svg',
      interaction: 'choose a date',
      interact: click('.calendar [data-date]'),
    },
    {
      name: 'Share',
      address: '/app/share',
      shows: '.panel table',
      interaction: 'choose another file',
      interact: chooseNext('label:has-text("What to take") select'),
    },
  ];
}
