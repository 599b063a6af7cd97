import { type UiDagFacets, uiDagFacets } from "@polyflow/contracts/wire";
import { callerOf } from "../access/caller-of.ts";
import { filtered } from "../access/policy.ts";
import { visibleImportErrors } from "../records/visible-import-errors.ts";
import type { App, ServerContext } from "../server-context.ts";

/** What the filters of the list offer: only what the DAGs hold that the caller may read. */
export function addUiDagFacetsRoute(app: App, { store }: ServerContext): void {
  app.get(
    "/dag-facets",
    { config: { policy: filtered("read", "DAGs") }, schema: { hide: true, response: { 200: uiDagFacets } } },
    async (request): Promise<UiDagFacets> => {
      const { rights, principal } = callerOf(request);
      const readableDagIds = rights.dagIds("read", "DAGs");
      const [facets, importErrors] = await Promise.all([
        store.dagList.facets({ userId: principal.userId, ...(readableDagIds === undefined ? {} : { readableDagIds }) }),
        visibleImportErrors(store, rights),
      ]);
      return {
        total: facets.total,
        paused: facets.paused,
        favourites: facets.favourites,
        // What became of runs is told to those alone who may read the runs of all these DAGs.
        states: rights.everywhere("read", "DAG Runs") ? { ...facets.byNewestRunState } : {},
        tags: [...facets.tags],
        owners: [...facets.owners],
        projects: [...facets.bundleNames],
        import_errors: importErrors.map((error) => ({
          file: error.relativePath,
          code: error.code,
          message: error.message,
          line: error.line,
          column: error.column,
          at: error.at.toISOString(),
        })),
      };
    },
  );
}
