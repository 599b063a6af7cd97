import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { codeSearch } from "./pages/code/code-search-params.ts";
import { listSearch } from "./lists/list-search.ts";
import { dataSearch, designerSearch, entitySearch } from "./pages/data/data-search.ts";

/** Pages of the menus Browse and Administration: lists whose filters are kept in the address. */
export function sectionRoutes<Parent extends AnyRoute>(getParentRoute: () => Parent) {
  const validateSearch = listSearch;
  return [
    createRoute({
      getParentRoute,
      path: "/data",
      validateSearch: dataSearch,
      component: lazyRouteComponent(() => import("./pages/data/data-page.tsx"), "DataPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/data/designer",
      validateSearch: designerSearch,
      component: lazyRouteComponent(() => import("./pages/data/designer/designer-page.tsx"), "DesignerPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/data/entities/$project/$entity",
      validateSearch: entitySearch,
      component: lazyRouteComponent(() => import("./pages/data/entity-page.tsx"), "EntityPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/data/sources/$project/$source",
      component: lazyRouteComponent(() => import("./pages/data/source-page.tsx"), "SourcePage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/runs",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/browse/runs-page.tsx"), "RunsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/tasks",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/browse/task-instances-page.tsx"), "TaskInstancesPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/waits",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/browse/waits-page.tsx"), "WaitsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/deadlines",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/browse/deadlines-page.tsx"), "DeadlinesPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/dead-letters",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/browse/dead-letters-page.tsx"), "DeadLettersPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/import-errors",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/browse/import-errors-page.tsx"), "ImportErrorsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/jobs",
      component: lazyRouteComponent(() => import("./pages/browse/jobs-page.tsx"), "JobsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/audit",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/browse/audit-page.tsx"), "AuditPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/admin/variables",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/admin/variables-page.tsx"), "VariablesPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/admin/connections",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/admin/connections-page.tsx"), "ConnectionsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/admin/pools",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/admin/pools-page.tsx"), "PoolsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/admin/xcoms",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/admin/xcoms-page.tsx"), "XComsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/admin/configuration",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/admin/configuration-page.tsx"), "ConfigurationPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/admin/providers",
      component: lazyRouteComponent(() => import("./pages/admin/providers-page.tsx"), "ProvidersPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/admin/plugins",
      component: lazyRouteComponent(() => import("./pages/admin/plugins-page.tsx"), "PluginsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/browse/backfills",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/backfills/backfills-page.tsx"), "BackfillsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/data-assets",
      validateSearch,
      component: lazyRouteComponent(() => import("./pages/assets/assets-page.tsx"), "AssetsPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/data-assets/$assetId",
      component: lazyRouteComponent(() => import("./pages/assets/asset-page.tsx"), "AssetPage"),
    }),
    createRoute({
      getParentRoute,
      path: "/code",
      validateSearch: codeSearch,
      component: lazyRouteComponent(() => import("./pages/code/code-page.tsx"), "CodePage"),
    }),
  ] as const;
}
