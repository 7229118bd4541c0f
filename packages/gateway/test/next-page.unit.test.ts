import { expect, it } from 'vitest';
import { nextPage } from '../src/authentication/oidc/next-page.ts';

it.each(['/app', '/app/', '/app/explore?category=FTI&from=2024-01-01', '/app/courses/7'])(
  'a sign-in leads to the page %s',
  (page) => {
    expect(nextPage(page)).toBe(page);
  },
);

it.each([
  undefined,
  ['/app/runs', '/app/share'],
  '',
  '//evil.example.org/app',
  'https://evil.example.org/app',
  'http://gateway@evil.example.org/app',
  '/\\evil.example.org/app',
  '\\\\evil.example.org/app',
  '/app/../..//evil.example.org',
  '/app/..//evil.example.org',
  'javascript:alert(1)//app',
  'data:text/html,/app',
  '\thttps://evil.example.org',
  '/app/sign-in',
  '/app/sign-in?reason=left',
  '/app/sign-in/oidc',
  '/app/session',
  '/apps',
  '/docs',
  'http://[',
  `/app/${'x'.repeat(600)}`,
  `/app/${'😀'.repeat(200)}`,
])('a sign-in that should lead to %j leads to Home', (page) => {
  expect(nextPage(page)).toBe('/app');
});

it('line breaks and fragments of an address are dropped', () => {
  expect(nextPage('/app/runs\r\nset-cookie:a#b')).toBe('/app/runsset-cookie:a');
});
