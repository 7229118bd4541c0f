import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import lazy, { ErrorBoundary } from 'preact-iso/lazy';
import { useLocation } from 'preact-iso/router';
import { useMe } from '../api/queries.ts';
import { todayIn } from '../dates.ts';
import { useLanguage, useWords } from '../words/language.tsx';
import { Account } from './account.tsx';
import { BASE, useAddress } from './address.ts';
import { LanguageChoice } from './language-choice.tsx';
import { NotLoaded } from './not-loaded.tsx';
import { ANEW } from './signed-out.ts';
import { ThemeChoice } from './theme.tsx';

/** The views with a link in the header, and their paths below `BASE`. */
const VIEWS = { home: '', explore: '/explore', runs: '/runs', share: '/share' } as const;

/** Only administrators who view as a viewer need it. */
const Mark = lazy(() =>
  import('../views/view-as/mark.tsx').then(
    ({ Mark }) => Mark,
    () => NotLoaded,
  ),
);

/** What surrounds each view: header, navigation and footer. */
export function Shell({ children }: { children: ComponentChildren }) {
  const words = useWords().common;
  const { path } = useLocation();
  const { hrefTo } = useAddress();
  const me = useMe().data;
  const content = useFocusOn(path);
  return (
    <>
      <a class="skip" href="#content">
        {words.skip}
      </a>
      <header class="top">
        <a class="brand" href={hrefTo('')}>
          <img src={`${BASE}/favicon.svg`} alt="" width="24" height="24" />
          {words.product}
        </a>
        <nav aria-label={words.navigation}>
          {Object.entries(VIEWS).map(([view, below]) => (
            <a
              key={view}
              href={hrefTo(below)}
              aria-current={isCurrent(path, BASE + below, below === '') ? 'page' : undefined}
            >
              {words[view as keyof typeof VIEWS]}
            </a>
          ))}
        </nav>
        {me && <Account me={me} />}
      </header>
      {me?.view_as && (
        <div class="mark" role="status">
          <ErrorBoundary>
            <Mark me={me} />
          </ErrorBoundary>
        </div>
      )}
      <main id="content" class="content" tabIndex={-1} ref={content}>
        {children}
      </main>
      <footer class="foot">
        <LanguageChoice />
        <ThemeChoice />
        <a href="/docs">{words.apiDocs}</a>
        {me?.role === 'administrator' && <a href={hrefTo('/view-as')}>{words.viewAs}</a>}
        {me && <span>{words.version(me.version)}</span>}
        <PrintedAddress />
      </footer>
    </>
  );
}

/**
 * A view that is opened by a link is read from its beginning, and so is one that begins anew by a button. Any other
 * first view leaves the focus where it is.
 */
function useFocusOn(path: string) {
  const content = useRef<HTMLElement>(null);
  const shown = useRef(path);
  useEffect(() => {
    const { history } = window;
    if (shown.current === path && history.state !== ANEW) return;
    if (history.state === ANEW) history.replaceState(null, '');
    shown.current = path;
    // The view itself leads to the part that the address names.
    if (window.location.hash) return;
    content.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);
  return content;
}

function isCurrent(path: string, view: string, exactly: boolean): boolean {
  const shown = path.replace(/\/$/, '');
  return shown === view || (!exactly && shown.startsWith(`${view}/`));
}

/** On paper, the address says how to see the same figures again, and the date how old they may be. */
function PrintedAddress() {
  const { url } = useLocation();
  const { words, formats } = useLanguage();
  const today = todayIn(Intl.DateTimeFormat().resolvedOptions().timeZone);
  return (
    <span class="on-paper">
      {words.common.printed(formats.date(today))} · {window.location.origin + url}
    </span>
  );
}

/** The title of a view, in the window as well. */
export function useTitle(title: string): void {
  const { product } = useWords().common;
  useEffect(() => {
    document.title = `${title} · ${product}`;
  }, [title, product]);
}
