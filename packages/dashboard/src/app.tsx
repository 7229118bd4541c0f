import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect } from 'preact/hooks';
import lazy, { ErrorBoundary } from 'preact-iso/lazy';
import { LocationProvider, Route, Router, useLocation } from 'preact-iso/router';
import { ME } from './api/queries.ts';
import { openQueryClient } from './api/query-client.ts';
import { BASE } from './shell/address.ts';
import { LiveProvider } from './shell/live.tsx';
import { NotFound } from './shell/not-found.tsx';
import { NotLoaded } from './shell/not-loaded.tsx';
import { Shell } from './shell/shell.tsx';
import { announceSignIn, goToSignIn, SIGN_IN, whenSignedOut } from './shell/signed-out.ts';
import { Home } from './views/home/home.tsx';
import { LanguageProvider, type Loaded } from './words/language.tsx';

/** Views that are opened later are loaded later. */
const SignIn = lazy(() =>
  import('./views/sign-in/sign-in.tsx').then(
    ({ SignIn }) => SignIn,
    () => NotLoaded,
  ),
);
const Explore = lazy(() =>
  import('./views/explore/explore.tsx').then(
    ({ Explore }) => Explore,
    () => NotLoaded,
  ),
);
const Course = lazy(() =>
  import('./views/course/course.tsx').then(
    ({ Course }) => Course,
    () => NotLoaded,
  ),
);
const Runs = lazy(() =>
  import('./views/runs/runs.tsx').then(
    ({ Runs }) => Runs,
    () => NotLoaded,
  ),
);
const Share = lazy(() =>
  import('./views/share/share.tsx').then(
    ({ Share }) => Share,
    () => NotLoaded,
  ),
);

const queries = openQueryClient(() => goToSignIn('ended'));
announceSignIn();
whenSignedOut(() => {
  queries.clear();
  goToSignIn('left');
});
if (window.location.pathname !== SIGN_IN) void queries.prefetchQuery(ME);

export function App({ first }: { first: Loaded }) {
  return (
    <LanguageProvider first={first}>
      <QueryClientProvider client={queries}>
        <LocationProvider scope={BASE}>
          <Pages />
        </LocationProvider>
      </QueryClientProvider>
    </LanguageProvider>
  );
}

function Pages() {
  const { path } = useLocation();
  // After the first paint, while the first calls are under way: most views need it as soon as these are answered.
  useEffect(() => void import('./charts/pictures.ts').catch(() => {}), []);
  if (path === SIGN_IN)
    return (
      <ErrorBoundary>
        <SignIn />
      </ErrorBoundary>
    );
  return (
    <LiveProvider>
      <Shell>
        <Router>
          <Route path={BASE} component={Home} />
          <Route path={`${BASE}/explore`} component={Explore} />
          <Route path={`${BASE}/courses/:id`} component={Course} />
          <Route path={`${BASE}/runs`} component={Runs} />
          <Route path={`${BASE}/share`} component={Share} />
          <Route default component={NotFound} />
        </Router>
      </Shell>
    </LiveProvider>
  );
}
