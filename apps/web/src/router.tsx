import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import type { FetchQueryOptions, QueryKey } from "@tanstack/react-query";
import { dagFacetsQuery, dagListQuery, dagQuery } from "./api/dags.ts";
import { ApiError } from "./api/http.ts";
import { queryClient } from "./api/query-client.ts";
import { runQuery } from "./api/runs.ts";
import { sessionQuery } from "./api/session.ts";
import { dagsSearch, filterOf } from "./pages/dags/dags-search.ts";
import { dagSearch } from "./pages/dag/dag-search.ts";
import { runSearch } from "./pages/run/run-search.ts";
import { taskSearch } from "./pages/task/task-search.ts";
import { type RawSearch, textParam } from "./search-params.ts";
import { sectionRoutes } from "./section-routes.ts";
import { SignedIn } from "./shell/signed-in.tsx";
import { Root } from "./shell/root.tsx";
import { NotFoundPage, PageFailure, PageLoading } from "./shell/page-states.tsx";

/** Asks for a page's data while its code is still on the way; the page itself shows loading and failure. */
function prefetch<Data, Key extends QueryKey>(options: FetchQueryOptions<Data, Error, Data, Key>): void {
  void queryClient.prefetchQuery(options);
}

const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFoundPage, errorComponent: PageFailure });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: RawSearch): { readonly next?: string | undefined } => ({ next: textParam(search["next"]) }),
  component: lazyRouteComponent(() => import("./pages/sign-in/sign-in-page.tsx"), "SignInPage"),
});

/** Everything behind the sign-in. Who is not signed in comes back to the page they wanted. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw redirect({ to: "/sign-in", search: { next: location.href } });
      throw error;
    }
  },
  component: SignedIn,
});

const indexRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/dags" });
  },
});

const dagsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/dags",
  validateSearch: dagsSearch,
  loaderDeps: ({ search }) => filterOf(search),
  loader: ({ deps }) => {
    prefetch(dagListQuery(deps, null));
    prefetch(dagFacetsQuery);
  },
  component: lazyRouteComponent(() => import("./pages/dags/dags-page.tsx"), "DagsPage"),
});

const dagRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/dags/$dagId",
  validateSearch: dagSearch,
  loader: ({ params }) => prefetch(dagQuery(params.dagId)),
  component: lazyRouteComponent(() => import("./pages/dag/dag-page.tsx"), "DagPage"),
});

const runRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/dags/$dagId/runs/$runId",
  validateSearch: runSearch,
  loader: ({ params }) => prefetch(runQuery(params.dagId, params.runId)),
  component: lazyRouteComponent(() => import("./pages/run/run-page.tsx"), "RunPage"),
});

const taskRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/dags/$dagId/runs/$runId/tasks/$taskId",
  validateSearch: taskSearch,
  loader: ({ params }) => prefetch(runQuery(params.dagId, params.runId)),
  component: lazyRouteComponent(() => import("./pages/task/task-page.tsx"), "TaskPage"),
});

const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/home",
  component: lazyRouteComponent(() => import("./pages/home/home-page.tsx"), "HomePage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  signedInRoute.addChildren([indexRoute, dagsRoute, dagRoute, runRoute, taskRoute, homeRoute, ...sectionRoutes(() => signedInRoute)]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultPendingComponent: PageLoading,
  defaultErrorComponent: PageFailure,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
