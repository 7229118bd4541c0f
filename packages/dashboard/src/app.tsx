import { QueryClientProvider } from '@tanstack/react-query';
import { LocationProvider, Route, Router } from 'preact-iso/router';
import { openQueryClient } from './api/query-client.ts';
import { BASE } from './shell/address.ts';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';
import { goToSignIn } from './shell/signed-out.ts';
import { Home } from './views/home/home.tsx';
import { SignIn } from './views/sign-in/sign-in.tsx';
import { LanguageProvider } from './words/language.tsx';

const queries = openQueryClient(() => goToSignIn('ended'));

export function App() {
  return (
    <LanguageProvider>
      <QueryClientProvider client={queries}>
        <LocationProvider scope={BASE}>
          <Router>
            <Route path={`${BASE}/sign-in`} component={SignIn} />
            <Route default component={Views} />
          </Router>
        </LocationProvider>
      </QueryClientProvider>
    </LanguageProvider>
  );
}

/** The views of people who are signed in. A view that others open later is loaded by `lazy`. */
function Views() {
  return (
    <Shell>
      <Router>
        <Route path={BASE} component={Home} />
        <Route default component={NotFound} />
      </Router>
    </Shell>
  );
}
