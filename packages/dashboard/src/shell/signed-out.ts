import { BASE } from './address.ts';

/** Why a person sees the sign-in page. */
export type Reason = 'ended' | 'left';

export const SIGN_IN = `${BASE}/sign-in`;

/** Leaves the page: figures of the session that has ended are gone from memory. */
export function goToSignIn(reason: Reason): void {
  const { pathname, search } = window.location;
  // Calls that fail meanwhile must not lead elsewhere.
  if (pathname === SIGN_IN || (isSigningOut && reason === 'ended')) return;
  const query = new URLSearchParams({ reason });
  if (reason === 'ended') query.set('next', pathname + search);
  const signIn = `${SIGN_IN}?${query}`;
  window.location.assign(reason === 'left' ? (provider ?? signIn) : signIn);
}

let isSigningOut = false;

/** Where the person signs out of the university, too. Other pages of the browser lead to the sign-in. */
let provider: string | null = null;

/** Signs the person out by `signOut`, which returns that address, and leaves every page of this browser. */
export async function leave(signOut: () => Promise<string | null>): Promise<void> {
  isSigningOut = true;
  try {
    provider = await signOut();
  } catch (error) {
    isSigningOut = false;
    throw error;
  }
  say('signed-out');
}

/**
 * The gateway leads here after a sign-in at the university. The other pages of this browser begin anew. Must be called
 * before this page listens.
 */
export function announceSignIn(): void {
  const { hash, pathname, search } = window.location;
  if (hash !== '#signed-in') return;
  window.history.replaceState(null, '', pathname + search);
  say('signed-in');
}

/** The state of the history with which a page begins anew by a button: the focus is then as after a link. */
export const ANEW = 'anew';

const CHANNEL = 'etl-session';

type News = 'signed-in' | 'signed-out';

/**
 * Says to every page of this browser, this one included, that the person has signed in or out. A session that begins
 * to read as another reader is announced as a sign-in.
 */
export function say(news: News): void {
  new BroadcastChannel(CHANNEL).postMessage(news);
}

/**
 * Runs `leave` when the person signs out on any page of this browser. When a person signs in on another page, this page
 * begins anew: it must not mix the figures of two people. A page that "Back" brings back asks again.
 */
export function whenSignedOut(leave: () => void): void {
  new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<News>) => {
    if (data === 'signed-out') leave();
    else if (window.location.pathname !== SIGN_IN) window.location.reload();
  };
  window.addEventListener('pageshow', ({ persisted }) => persisted && window.location.reload());
}

/** Where the person goes after signing in: only to a view of this page. */
export function nextAddress(next: string | undefined): string {
  const { origin } = window.location;
  const url = new URL(next !== undefined && URL.canParse(next, origin) ? next : BASE, origin);
  const isView = url.origin === origin && `${url.pathname}/`.startsWith(`${BASE}/`);
  return isView && url.pathname !== SIGN_IN ? url.pathname + url.search : BASE;
}
