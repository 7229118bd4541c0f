import { QueryClientProvider } from '@tanstack/react-query';
import { LocationProvider, Route, Router, useLocation } from 'preact-iso/router';
import { openQueryClient } from './api/query-client.ts';
import { BASE } from './shell/address.ts';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';
import { goToSignIn, SIGN_IN } from './shell/signed-out.ts';
import { Explore } from './views/explore/explore.tsx';
import { Home } from './views/home/home.tsx';
import { SignIn } from './views/sign-in/sign-in.tsx';
import { LanguageProvider } from './words/language.tsx';

const queries = openQueryClient(() => goToSignIn('ended'));

export function App() {
  return (
    <LanguageProvider>
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
  if (path === SIGN_IN) return <SignIn />;
  return (
    <Shell>
      <Router>
        <Route path={BASE} component={Home} />
        <Route path={`${BASE}/explore`} component={Explore} />
        <Route default component={NotFound} />
      </Router>
    </Shell>
  );
}
