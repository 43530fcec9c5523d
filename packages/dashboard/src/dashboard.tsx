// The whole dashboard: theme, data cache and the pages.
import { createTheme, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, Outlet, redirect, RouterProvider } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ClustersPage } from './clusters/clusters-page.js';
import { DatabasesPage } from './databases/databases-page.js';
import { sessionStore } from './session/session-store.js';
import { SignInPage } from './session/sign-in-page.js';

const theme = createTheme({ primaryColor: 'cyan', primaryShade: { light: 9, dark: 7 }, defaultRadius: 'md', fontFamily: 'system-ui, sans-serif' });

// The client repeats failed calls by itself; repeating them here again would only make people wait longer.
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 5000 } } });

const rootRoute = createRootRoute({ component: Outlet });

function forSignedIn(): void {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's own way to redirect
  if (sessionStore.current() === undefined) throw redirect({ to: '/sign-in' });
}

const databasesRoute = createRoute({ getParentRoute: () => rootRoute, path: '/', beforeLoad: forSignedIn, component: DatabasesPage });
const clustersRoute = createRoute({ getParentRoute: () => rootRoute, path: '/clusters', beforeLoad: forSignedIn, component: ClustersPage });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's own way to redirect
    if (sessionStore.current() !== undefined) throw redirect({ to: '/' });
  },
  component: SignInPage,
});

const router = createRouter({ routeTree: rootRoute.addChildren([databasesRoute, clustersRoute, signInRoute]), defaultNotFoundComponent: () => <SignedOutOrHome /> });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function SignedOutOrHome(): ReactNode {
  return sessionStore.current() === undefined ? <SignInPage /> : <DatabasesPage />;
}

// Another account's data must not be seen after signing out, and an ended session leads to the sign-in page.
sessionStore.subscribe(() => {
  queryClient.clear();
  void router.invalidate();
});

export function Dashboard(): ReactNode {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
