import { QueryClientProvider } from '@tanstack/react-query';
import type { FunctionComponent } from 'preact';
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

/** A view that is opened later is loaded later. */
const later = <Props,>(load: () => Promise<FunctionComponent<Props>>) =>
  lazy(() => load().catch((): FunctionComponent<Props> => NotLoaded));
const SignIn = later(() => import('./views/sign-in/sign-in.tsx').then(({ SignIn }) => SignIn));
const Explore = later(() => import('./views/explore/explore.tsx').then(({ Explore }) => Explore));
const Course = later(() => import('./views/course/course.tsx').then(({ Course }) => Course));
const Runs = later(() => import('./views/runs/runs.tsx').then(({ Runs }) => Runs));
const Share = later(() => import('./views/share/share.tsx').then(({ Share }) => Share));
const ViewAs = later(() => import('./views/view-as/view-as.tsx').then(({ ViewAs }) => ViewAs));

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
          <Route path={`${BASE}/view-as`} component={ViewAs} />
          <Route default component={NotFound} />
        </Router>
      </Shell>
    </LiveProvider>
  );
}
