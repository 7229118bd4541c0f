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

const CHANNEL = 'etl-session';

/** Says to every page of this browser, this one included, that the person has signed out. */
export function saySignedOut(): void {
  new BroadcastChannel(CHANNEL).postMessage(null);
}

/** Runs `leave` when the person signs out on any page of this browser. A page that "Back" brings back asks again. */
export function whenSignedOut(leave: () => void): void {
  new BroadcastChannel(CHANNEL).onmessage = leave;
  window.addEventListener('pageshow', ({ persisted }) => persisted && window.location.reload());
}

/** Where the person goes after signing in: only to a view of this page. */
export function nextAddress(next: string | undefined): string {
  const url = new URL(next ?? BASE, window.location.origin);
  const isView = url.origin === window.location.origin && `${url.pathname}/`.startsWith(`${BASE}/`);
  return isView && url.pathname !== SIGN_IN ? url.pathname + url.search : BASE;
}
