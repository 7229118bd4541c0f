const APP = '/app';

/** Longer addresses make the cookie too long. */
const MOST = 500;

/** The page of the dashboard to return to, never another host: Home if `next` is not such a page. */
export function nextPage(next: unknown): string {
  if (typeof next !== 'string') return APP;
  const here = 'http://gateway';
  const { origin, pathname = '', search = '' } = URL.parse(next, here) ?? {};
  const isPage = origin === here && `${pathname}/`.startsWith(`${APP}/`);
  const isSignIn = /^\/app\/(sign-in|session)(\/|$)/.test(pathname);
  const page = pathname + search;
  return isPage && !isSignIn && page.length <= MOST ? page : APP;
}
