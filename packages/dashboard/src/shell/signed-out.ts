import { BASE } from './address.ts';

/** Why a person sees the sign-in page. */
export type Reason = 'ended' | 'left';

export const SIGN_IN = `${BASE}/sign-in`;

/** Leaves the page: figures of the session that has ended are gone from memory. */
export function goToSignIn(reason: Reason): void {
  const { pathname, search } = window.location;
  if (pathname === SIGN_IN) return;
  const query = new URLSearchParams({ reason });
  if (reason === 'ended') query.set('next', pathname + search);
  window.location.assign(`${SIGN_IN}?${query}`);
}

/** Where the person goes after signing in: only to a view of this page. */
export function nextAddress(next: string | undefined): string {
  const url = new URL(next ?? BASE, window.location.origin);
  const isView = url.origin === window.location.origin && `${url.pathname}/`.startsWith(`${BASE}/`);
  return isView && url.pathname !== SIGN_IN ? url.pathname + url.search : BASE;
}
