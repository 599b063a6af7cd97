import { type UiDagFacets, uiDagFacets } from "@polyflow/contracts/wire";
import { callerOf } from "../access/caller-of.ts";
import { filtered } from "../access/policy.ts";
import { visibleImportErrors } from "../records/visible-import-errors.ts";
import { briefly } from "../records/briefly.ts";
import type { App, ServerContext } from "../server-context.ts";

const FRESH_MS = 500;

/** What the filters of the list offer: only what the DAGs hold that the caller may read. */
export function addUiDagFacetsRoute(app: App, { store, clock }: ServerContext): void {
  // Of all DAGs: the one answer that many ask for, and the one that reads them all.
  const facetsOfAll = briefly(() => store.dagList.facets({}), { clock, forMs: FRESH_MS });
  app.get(
    "/dag-facets",
    { config: { policy: filtered("read", "DAGs") }, schema: { hide: true, response: { 200: uiDagFacets } } },
    async (request): Promise<UiDagFacets> => {
      const { rights, principal } = callerOf(request);
      const readableDagIds = rights.dagIds("read", "DAGs");
      const readable = readableDagIds === undefined ? {} : { readableDagIds };
      const [facets, favourites, importErrors] = await Promise.all([
        readableDagIds === undefined ? facetsOfAll() : store.dagList.facets(readable),
        store.dagList.countFavourites({ userId: principal.userId, ...readable }),
        visibleImportErrors(store, rights),
      ]);
      return {
        total: facets.total,
        paused: facets.paused,
        favourites,
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
